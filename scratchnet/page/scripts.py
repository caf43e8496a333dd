"""The scripts of the page in the order in which they stand in it: js/NAME, each of one concept.

They share one global scope, so a script may use at once what an earlier one defines.
"""

from pathlib import Path

DIRECTORY = Path(__file__).parent / "js"
COMPUTING = (  # nothing here knows of a page
    "arrays.js",
    "layers.js",
    "conv2d.js",
    "pool.js",
    "row_products.js",
    "bare_conv2d.js",
    "deep_layers.js",
    "losses.js",
    "optimizers.js",
    "networks.js",
    "deep_network.js",
    "pcg64.js",
    "ziggurat.js",
    "rng.js",
    "plan.js",
    "perceptron.js",
    "live_training.js",
    "contours.js",
    "hamming.js",
    "turns.js",
    "photograph.js",
    "prepared.js",
    "saliency.js",
)
SHOWING = (
    "format.js",
    "dom.js",
    "controls.js",
    "hash.js",
    "colours.js",
    "scales.js",
    "chart.js",
    "lines.js",
    "bars.js",
    "maps.js",
    "figures.js",
    "pictures.js",
    "chosen.js",
    "powers.js",
    "strips.js",
    "rank_correlation.js",
    "chosen_bar.js",
    "shell.js",
    "frames.js",
    "formulas.js",
    "figures/mosaic.js",
    "figures/pointing.js",
    "figures/dots.js",
    "figures/unit_picker.js",
    "figures/hinge.js",
    "figures/folds_parts.js",
    "figures/folds.js",
    "figures/half_plane.js",
    "figures/plane_parts.js",
    "figures/plane.js",
    "figures/own_points.js",
    "figures/training_settings.js",
    "figures/training_here.js",
    "figures/loss_chart.js",
    "figures/perceptron_view.js",
    "figures/perceptron_controls.js",
    "figures/perceptron_figure.js",
    "figures/curve.js",
    "figures/classes.js",
    "figures/gradient_arithmetic.js",
    "figures/deep_gradients.js",
    "figures/gradient_shown.js",
    "figures/gradient_ladder.js",
    "figures/evidence.js",
    "figures/occlusion.js",
    "figures/one_step.js",
    "figures/backwards.js",
    "figures/same_losses.js",
    "figures/same.js",
    "figures/films.js",
    "figures/filters_over_time.js",
    "figures/confusion.js",
    "figures/calibration.js",
    "figures/most_wrong.js",
    "figures/training.js",
    "figures/sign_panels.js",
    "figures/signs.js",
    "figures/speed.js",
    "figures/run.js",
    "figures/reach.js",
    "figures/anatomy.js",
    "figures/arithmetic.js",
    "figures/deep_follow.js",
    "figures/follow.js",
    "figures/numbers.js",
    "figures/deep_arithmetic.js",
    "figures/arithmetic_view.js",
    "figures/linear_view.js",
    "figures/layer_paint.js",
    "figures/layer_strip.js",
    "figures/layer_view.js",
    "figures/unit_view.js",
    "figures/intake.js",
    "figures/intake_view.js",
    "figures/looked_at.js",
    "figures/network.js",
)
SCRIPTS = COMPUTING + SHOWING


def read_scripts() -> list[str]:
    """Each as it stands, with a name for a browser's tools. ValueError where one would end its element."""
    return [f"{_safe(name, (DIRECTORY / name).read_text('utf-8'))}//# sourceURL={name}\n" for name in SCRIPTS]


def _safe(name: str, script: str) -> str:
    for ending in ("</script", "<!--"):
        if ending in script.lower():
            raise ValueError(f"{name} holds {ending}, with which a browser would end the script: write <\\/script")
    return script

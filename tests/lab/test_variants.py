"""The registry of variants is complete, and each says what the section train_cuda_cnn may say."""

from lab.benchmark.rungs import RUNGS
from lab.variants import VARIANTS, in_precision, settings_of


def test_a_variant_is_eager_float32_with_what_its_name_says():
    assert settings_of("resident", "cpu").model_dump() == {
        "device": "cpu",
        "input": "resident",
        "workers": 0,
        "precision": "float32",
        "memory_format": "contiguous",
        "compile": "none",
    }
    everything = settings_of("all", "cuda")
    assert (everything.device, everything.precision) == ("cuda", "bfloat16")
    assert (everything.memory_format, everything.compile) == ("channels_last", "inductor_cuda_graph")
    assert settings_of("image_folder", "cpu", workers=3).workers == 3


def test_every_variant_has_one_precision():
    found = [in_precision(precision) for precision in ("float32", "tf32", "bfloat16")]
    assert sorted(sum(found, ())) == sorted(VARIANTS)
    assert found[1] == ("tf32",)


def test_no_two_variants_are_the_same():
    settings = {settings_of(name, "cuda").model_dump_json() for name in VARIANTS}
    assert len(settings) == len(VARIANTS)


def test_the_benchmarks_rungs_name_variants():
    assert {rung.variant for rung in RUNGS.values()} <= {"", *VARIANTS}
    assert [name for name, rung in RUNGS.items() if rung.backend == "numpy"] == [
        "loops",
        "clear",
        "fast_1_thread",
        "fast",
    ]

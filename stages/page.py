"""Put the run on a page: the chapters, its networks, pictures and figures in one file, opened by double-click.

Reads docs/chapters, what the other stages have written (data/prepared, models, metrics, plots) and params.yaml; what
was not run is left out, and the page says so. Writes plots/page/index.html.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from scratchnet.names import PAGE
from scratchnet.page.assemble import assemble
from scratchnet.page.gather import gather
from scratchnet.page.spine import read_chapters
from scratchnet.problems import run
from scratchnet.records import write_text


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    chapters = read_chapters(Path())
    gathered = gather(taken=sum(chapter.size for chapter in chapters))
    write_text(PAGE, assemble(gathered, chapters))
    for sentence in [*gathered["missing"], *gathered["notes"]]:
        print(sentence)
    print(f"Your page: {PAGE} ({PAGE.stat().st_size / 1e6:.1f} MB). Open it by double-click, or with make page.")


if __name__ == "__main__":
    run(main)

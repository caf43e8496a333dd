"""What there is beside the pipeline (dvc repro):

  python -m scratchnet predict PATH ...       what a trained network sees in your own pictures: a cat or a dog
  python -m scratchnet photographs PATH ...   the pipeline on your own photographs (make photographs DATA=PATH)
  python -m scratchnet chapters               writes anew what docs/ quotes from the code and the run (make tables)
  python -m scratchnet audit [DATA]           what is wrong with photographs: copies, odd files, doubted labels

With --help a command explains itself: python -m scratchnet predict --help
"""

import sys

from scratchnet.problems import Problem, run


def main() -> None:
    match sys.argv[1:]:
        case [] | ["-h" | "--help"]:
            print(__doc__.strip())
        case ["predict", *arguments]:
            from scratchnet.predict import main as predict  # pandas loads slowly

            predict(arguments)
        case ["photographs", *arguments]:
            from scratchnet.photographs import main as photographs

            photographs(arguments)
        case ["chapters", *arguments]:
            from scratchnet.chapters.renew import main as chapters

            chapters(arguments)
        case ["audit", *arguments]:
            from scratchnet.audit.command import main as audit

            audit(arguments)
        case [command, *_]:
            raise Problem(f"There is no command {command}. {__doc__.strip()}")


if __name__ == "__main__":
    run(main)

"""Ask a trained network about pictures: CSV on standard output, path,label,probability_dog.

PATH is a picture, a folder or a zip, and there may be many. What is no usable picture is told on standard error, and
the others go on. Example: python -m stages.predict --arch two_conv my/cat.jpg my/album photos.zip
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

import pandas as pd
from tqdm import tqdm

from scratchnet.names import ARCHITECTURES
from scratchnet.photos.sources import unlabelled
from scratchnet.predict import Classifier, predict, submission
from scratchnet.problems import Problem, run


def parse():
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a picture, a folder or a zip")
    parser.add_argument("--backend", choices=("numpy", "pytorch"), default="numpy", help="who computes (numpy)")
    parser.add_argument("--arch", choices=ARCHITECTURES, default="two_conv", help="which network (two_conv)")
    parser.add_argument("--model", help="a file of weights (models/BACKEND/ARCH.safetensors)")
    parser.add_argument("--submission", action="store_true", help="write Kaggle's id,label in numeric order instead")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    classifier = Classifier(
        arguments.model or f"models/{arguments.backend}/{arguments.arch}.safetensors", arguments.backend
    )

    def refused(path: str, reason: str) -> None:
        tqdm.write(f"{path} is left out: {reason}", file=sys.stderr)

    photographs, tables = unlabelled(arguments.paths), []
    with tqdm(total=len(photographs), unit="picture", disable=None) as bar:  # disable=None: only where a person looks
        for table in predict(classifier, photographs, refused):
            bar.update(len(table))
            tables.append(table)
    if not tables:
        raise Problem(f"No usable picture in {', '.join(arguments.paths)}.")
    predictions = pd.concat(tables, ignore_index=True)
    if arguments.submission:
        predictions = submission(predictions)
    predictions.to_csv(sys.stdout, index=False, float_format="%.6f")


if __name__ == "__main__":
    run(main)

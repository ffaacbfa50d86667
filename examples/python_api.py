"""The Python API in two steps: one text, then a folder as a stream.

python examples/python_api.py examples/reports
"""

import sys

from pathstage import Extractor
from pathstage.ingest import read
from pathstage.report import Failure

TEXT = """
FINAL DIAGNOSIS: Right breast, lumpectomy: invasive ductal carcinoma, 1.4 cm, Nottingham grade 2.
Sentinel lymph node: negative for carcinoma (0/1). ER positive (90%), PR positive (70%), HER2 negative (1+).
"""


def main(folder: str) -> None:
    """Extract one text, then every report of `folder`."""
    extractor = Extractor.load()

    extraction = extractor.extract(TEXT)
    for task, field in extraction.fields.items():
        words = "; ".join(evidence.text for evidence in field.evidence)
        print(f"{task:6} {field.value:13} {field.probability:.2f}  {words}")

    for result in extractor.extract_many(read([folder])):
        if isinstance(result, Failure):
            print(f"{result.id}: {result.error}")
        else:
            print(result.report.id, *(f"{task}={field.value}" for task, field in result.fields.items()))


if __name__ == "__main__":
    main(sys.argv[1])

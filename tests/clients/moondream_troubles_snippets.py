"""How Moondream's client lives with what goes wrong. Not a test: the tests run it.

    python moondream_troubles_snippets.py http://localhost:8000/v1 photo.jpg WORD

Standard output gets what came of it, one thing a line.
"""

import sys
import urllib.error

import moondream as md
from PIL import Image

endpoint, image_path, word = sys.argv[1:]
model = md.vl(endpoint=endpoint, api_key="a key that nobody checks")
image = Image.open(image_path)

try:
    print("plain", sorted(model.segment(image, word)))
except urllib.error.HTTPError as error:
    print("plain", error.code, error.read().decode())
try:
    for update in model.segment(image, word, stream=True):
        print("update", sorted(update))
    print("ended")
except urllib.error.HTTPError as error:
    print("stream", error.code, error.read().decode())
except ValueError as error:
    print("stream raised", error)

"""What Moondream's page shows for Python, with the address changed. Not a test: the tests run it.

    python moondream_snippets.py http://localhost:8000/v1 photo.jpg cat out/

`out/` gets the masks as a page's user rasterises them, `mask-*.png`, and the picture as the client
sent it; standard output gets all results as JSON.
"""

import json
import sys
from pathlib import Path

import cairosvg
import moondream as md
from PIL import Image

endpoint, image_path, word, out = sys.argv[1:]
refs = json.loads(sys.stdin.read() or "{}")
results = {}

model = md.vl(endpoint=endpoint)
image = Image.open(image_path)
(Path(out) / "sent.txt").write_text(model.encode_image(image).image_url)


def rasterise(result, name):
    """The page's way from a path to a mask: an SVG over the box, by cairosvg."""
    bbox, (width, height) = result["bbox"], image.size
    x, y = round(bbox["x_min"] * width), round(bbox["y_min"] * height)
    w, h = round(bbox["x_max"] * width) - x, round(bbox["y_max"] * height) - y
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}"
        viewBox="0 0 1 1" preserveAspectRatio="none">
        <path d="{result["path"]}" fill="white"/></svg>"""
    png = Path(out) / f"part-{name}.png"
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(png), output_width=w, output_height=h)
    mask = Image.new("L", image.size, 0)
    mask.paste(Image.open(png).getchannel("A"), (x, y))
    mask.save(Path(out) / f"mask-{name}.png")


# Segment by a word.
result = model.segment(image, word)
results["word"] = result
rasterise(result, "word")

# Guide it by a point, or by a box.
if "point" in refs:
    result = model.segment(image, word, spatial_refs=[refs["point"]])
    results["point"] = result
    rasterise(result, "point")
if "box" in refs:
    result = model.segment(image, word, spatial_refs=[refs["box"]])
    results["box"] = result
    rasterise(result, "box")

# Watch it come.
coarse, boxes = "", []
for update in model.segment(image, word, stream=True):
    if "bbox" in update and not update.get("completed"):
        boxes.append(update["bbox"])
    if "chunk" in update:
        coarse += update["chunk"]
    if update.get("completed"):
        results["stream"] = {"path": update["path"], "bbox": update["bbox"]}
        results["coarse"] = {"path": coarse, "bbox": boxes[-1]}
rasterise(results["coarse"], "coarse")

# Boxes and points.
results["detect"] = model.detect(image, word)
results["point_out"] = model.point(image, word)

# An encoded picture is sent again as it is; settings are taken.
encoded = model.encode_image(image)
results["again"] = model.segment(encoded, word, settings={"temperature": 0.2, "max_objects": 1})

print(json.dumps(results))

"""Detectors in ONNX files, on onnxruntime where it is installed and on OpenCV's DNN where not.

=============  ===================================================================
signature.py   what goes into and comes out of an ONNX file, without running it
session.py     one file, loaded and running on one device
yolox.py       YOLOX's arithmetic: letterbox, anchors, suppression; pure functions
detector.py    the `Detector` that puts them together
=============  ===================================================================
"""

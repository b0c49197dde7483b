"""Faces: command line, REST, web and report; they speak to the workspace only and hold no rule of the business."""

"""The drawing stage on portraits: photos that were not trained on, moved as heads of talking clips move.

photos: which photos, in which groups. motion: a clip's motion, carried to a photo. landmark_net: the own
landmark network as a judge. measures: what is measured of one photo. protocol: the resumable run. figures:
what the goals are held against. report: tables and page.
"""

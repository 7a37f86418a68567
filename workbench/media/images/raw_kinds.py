"""RAW photos: what cameras call the files that hold what their sensor saw.

None is shown or learned from as it is: reading one takes a second or more. JPEG images are made of
them (:mod:`workbench.media.images.raw_photos`).
"""

from __future__ import annotations

RAW_PHOTOS = {
    ".cr2": "Canon", ".cr3": "Canon", ".crw": "Canon", ".nef": "Nikon", ".nrw": "Nikon",
    ".arw": "Sony", ".sr2": "Sony", ".srf": "Sony", ".dng": "DNG", ".raf": "Fujifilm",
    ".orf": "Olympus", ".ori": "Olympus", ".rw2": "Panasonic", ".rwl": "Leica", ".pef": "Pentax",
    ".srw": "Samsung", ".3fr": "Hasselblad", ".fff": "Hasselblad", ".iiq": "Phase One",
    ".mrw": "Minolta", ".erf": "Epson", ".kdc": "Kodak", ".dcr": "Kodak", ".mef": "Mamiya",
    ".mos": "Leaf", ".gpr": "GoPro", ".x3f": "Sigma",
}
"""By suffix in lower case, whose they are."""

"""The kinds of arrays that the forecast works on."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]

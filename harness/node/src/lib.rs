//! Makes this machine able: the doctor's findings and fixes, the images, the registry and the edge.

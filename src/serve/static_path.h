/* From the path of a request to the name of a file, and nothing beside the folder. */
#ifndef SIO__SERVE_STATIC_PATH_H
#define SIO__SERVE_STATIC_PATH_H

/* Nonzero if a decoded path may be looked up: no segment begins with a dot, nothing in it
 * means something else to the file system. */
int sio__static_path_allowed(const char *path);
/* root + path, "index.html" added for one that ends with a slash; NULL out of memory. */
char *sio__static_path_join(const char *root, const char *path);
/* Nonzero if a resolved name lies in the resolved folder, with no segment that begins with a
 * dot in between. */
int sio__static_path_inside(const char *root, const char *resolved);

#endif

/* Media types of files by the ending of their names. */
#ifndef SIO__SERVE_MEDIA_H
#define SIO__SERVE_MEDIA_H

/* "application/octet-stream" for what is not known; never NULL. */
const char *sio__media_type(const char *name);

#endif

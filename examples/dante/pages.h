/* The pages, out of the program itself. */
#ifndef DANTE_PAGES_H
#define DANTE_PAGES_H

#include <sio.h>

/* Serves them below `folder` ("" or "/dante") and at the root. `folder` must outlive the server. */
int dante_pages_serve(sio_server_t *io, const char *folder);

#endif

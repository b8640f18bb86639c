/* Stands in for the client files in a build without them. */
#include "serve/client_data.h"

const sio__client_bundle_t sio__client_bundles[] = {{NULL, NULL, NULL, 0}};

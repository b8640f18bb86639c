/* Stands in for the client files in a build without them. */
#include "serve/client_data.h"

const sio__client_file_t sio__client_files[] = {{NULL, NULL, NULL, NULL, 0, 0, 0}};
const char sio__client_version[] = "";

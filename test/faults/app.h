/* An application that uses something of everything, and notes whom an error has reached. */
#ifndef TEST_FAULTS_APP_H
#define TEST_FAULTS_APP_H

#include <sio.h>

typedef struct {
    sio_server_t *server;
    int told; /* codes returned to the application, and lines in its log */
} app_t;

/* A server with all that on the loop: 0 or a code, with nothing left. The options' log is the
 * application's. */
int app_start(app_t *app, uv_loop_t *loop, sio_options_t *options);

#endif

/* What the other files of a host know of sio__host_run. */
#ifndef SIO__NET_RUN_H
#define SIO__NET_RUN_H

typedef struct sio__host_s sio__host_t;

/* Closes as the first signal does: nonzero if sio__host_run is running. */
int sio__run_shutdown(sio__host_t *host);

#endif

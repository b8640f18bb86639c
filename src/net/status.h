/* Reason phrases of HTTP statuses (RFC 9110 15). */
#ifndef SIO__NET_STATUS_H
#define SIO__NET_STATUS_H

/* "Unknown" for a status without one; never NULL. */
const char *sio__status_text(int status);

#endif

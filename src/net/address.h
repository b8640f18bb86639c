/* Addresses as text. */
#ifndef SIO__NET_ADDRESS_H
#define SIO__NET_ADDRESS_H

#include <uv.h>

enum { SIO__ADDRESS_SIZE = 46 }; /* of the longest, with its NUL */

/* The address without its port. An IPv4 client of a dual-stack listener is shown as what it
 * is; what is neither IPv4 nor IPv6 is "". */
void sio__address_text(const struct sockaddr *address, char text[SIO__ADDRESS_SIZE]);

#endif

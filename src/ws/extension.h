/* Negotiation of permessage-deflate (RFC 7692 5 and 7.1) in Sec-WebSocket-Extensions (RFC 6455
 * 9.1). No I/O. */
#ifndef SIO__WS_EXTENSION_H
#define SIO__WS_EXTENSION_H

#include <sio/options.h>
#include <stddef.h>
#include <stdint.h>

/* What was agreed on. */
typedef struct {
    uint8_t server_bits; /* 8 to 15 */
    uint8_t client_bits;
    uint8_t server_fresh; /* each message by itself: no context takeover */
    uint8_t client_fresh;
} sio__deflate_params_t;

enum { SIO__EXTENSION_REPLY = 160 };

/* Nonzero if the header has the form of a list of extensions. */
int sio__extension_valid(const char *header);
/* Takes the first offer that can be taken; one with an unknown, repeated or senseless parameter
 * cannot. Nonzero if there is one: what it agrees on, and the value of the header to answer
 * with. */
int sio__extension_choose(const char *header, const sio_deflate_options_t *options,
                          sio__deflate_params_t *params, char reply[SIO__EXTENSION_REPLY]);

#endif

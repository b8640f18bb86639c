/* JSON text to values, when an application asks for one. */
#ifndef SIO__SIO_BUILD_H
#define SIO__SIO_BUILD_H

#include <jansson.h>
#include <stddef.h>

/*
 * A new reference to what the text, which sio__json_scan has accepted, stands for; NULL out of
 * memory. What jansson cannot hold becomes what sio_event_arg says. Of duplicate keys the last
 * counts, at the place of the first.
 */
json_t *sio__build(const char *text, size_t length);

#endif

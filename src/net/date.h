/* Dates of HTTP (RFC 9110 5.6.7), independent of the locale. */
#ifndef SIO__NET_DATE_H
#define SIO__NET_DATE_H

#include <stdint.h>

enum { SIO__DATE_LENGTH = 29 };

/* Writes "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL; `seconds` since 1970, not before. */
void sio__date_format(char date[SIO__DATE_LENGTH + 1], int64_t seconds);
/* Reads that form, the only one that is sent nowadays: nonzero if it is one. */
int sio__date_parse(const char *date, int64_t *seconds);

#endif

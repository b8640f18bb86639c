/*
 * The lines of a request's header, before llhttp reads them. How much its releases and builds
 * tolerate differs (a line that ends in LF alone, folded lines, any byte where LF belongs,
 * blanks between the parts of a request line); a proxy in front may understand such a thing
 * otherwise, and that is how requests are smuggled. What passes here has one meaning: each line
 * ends in CR LF, which stand nowhere else, none begins with a blank, there are no other control
 * characters, and the request line is method, target and version with one blank between (RFC
 * 9112 2.2, 3, 5.2).
 */
#ifndef SIO__NET_LINES_H
#define SIO__NET_LINES_H

#include <stddef.h>
#include <stdint.h>

/* All zeros: nothing has come. */
typedef struct {
    uint8_t state;
    uint8_t spaces;  /* in the request line so far */
    uint8_t version; /* how much of it has come */
} sio__lines_t;

typedef enum {
    SIO__LINES_MORE, /* all of it is fine; there is more to come */
    SIO__LINES_END,  /* the header ends here */
    SIO__LINES_BAD   /* the byte here is wrong */
} sio__lines_result_t;

/* Reads on; *used: how many bytes come before `here`, of END the last one included. Of BAD *reason
 * says why. */
sio__lines_result_t sio__lines_read(sio__lines_t *lines, const char *data, size_t length,
                                    size_t *used, const char **reason);

#endif

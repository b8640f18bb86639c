/* Text as a string literal of JavaScript: what JSONP and htmlfile are made of. */
#ifndef SIO__EIO_SCRIPT_H
#define SIO__EIO_SCRIPT_H

#include "base/scratch.h"

/* Writes the UTF-8 text with quotes around it, as JSON.stringify does, U+2028 and U+2029 escaped,
 * which JSON may have and a script of old may not; with `slashes` also "/", so that no "</script>"
 * can end the script early. */
void eio__script_string(sio__writer_t *writer, const void *text, size_t length, int slashes);
/* The parts of one that is written piece by piece. */
void eio__script_escape(sio__writer_t *writer, const void *text, size_t length, int slashes);

/* Reads one, JSON's, in place: SIO_EPROTO if it is none. */
int eio__script_read(char **text, size_t *length);

#endif

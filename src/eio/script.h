/* Text as a string literal of JavaScript: what JSONP and htmlfile are made of. */
#ifndef SIO__EIO_SCRIPT_H
#define SIO__EIO_SCRIPT_H

#include "base/scratch.h"

/* Writes the UTF-8 text with quotes around it, as JSON.stringify does, U+2028 and U+2029 escaped,
 * which JSON may have and a script of old may not. A script that is part of a page (`in_html`) has
 * "/" escaped, too, so that no "</script>" ends it early, and "<", so that no "<!--<script>" makes
 * its own end a part of it (HTML 4.12.1.3). */
void eio__script_string(sio__writer_t *writer, const void *text, size_t length, int in_html);
/* The parts of one that is written piece by piece. */
void eio__script_escape(sio__writer_t *writer, const void *text, size_t length, int in_html);

/* Reads one, JSON's, in place: SIO_EPROTO if it is none. */
int eio__script_read(char **text, size_t *length);

#endif

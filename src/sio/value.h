/* JSON values on their way out: straight to text. */
#ifndef SIO__SIO_VALUE_H
#define SIO__SIO_VALUE_H

#include "base/options.h"
#include "base/scratch.h"
#include <jansson.h>

/* Containers in containers, in and out. jansson's own parser has the same limit. */
enum { SIO__VALUE_DEPTH = SIO__DEPTH_MAX };

/* 0; SIO_EINVAL for nesting beyond SIO__VALUE_DEPTH (a loop, for instance); SIO_EUTF8 for text
 * that was put in unchecked. */
int sio__value_write(sio__writer_t *writer, const json_t *value);
/* As JavaScript writes numbers. */
void sio__value_write_real(sio__writer_t *writer, double value);
void sio__value_write_integer(sio__writer_t *writer, int64_t value);

#endif

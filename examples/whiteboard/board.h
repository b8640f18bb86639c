/* What has been drawn: lines, in the order they came. */
#ifndef WHITEBOARD_BOARD_H
#define WHITEBOARD_BOARD_H

#include <stddef.h>

enum {
    LINE_MIN_BYTES = 12, /* colour, width, two points */
    LINE_MAX_BYTES = 4096,
    BOARD_MAX_BYTES = 4 * 1024 * 1024
};

/* All zeros is an empty board. */
struct board {
    unsigned char *data; /* each line behind its length in two bytes, the low one first */
    size_t length, capacity;
};

/* Nonzero if these bytes can be a line: numbers of two bytes, as pages/whiteboard.js has them. */
int board_is_line(size_t length);
/* Adds a line. When the board is full, the older half of it goes. 0, or -1 out of memory. */
int board_add(struct board *board, const void *line, size_t length);
void board_clear(struct board *board);

#endif

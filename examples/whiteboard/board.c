#include "board.h"
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 2 };

int board_is_line(size_t length) {
    return length >= LINE_MIN_BYTES && length <= LINE_MAX_BYTES && length % 4 == 0;
}

static size_t line_at(const struct board *board, size_t at) {
    return PREFIX + board->data[at] + 256u * board->data[at + 1];
}

/* Whole lines, until half of the board is empty. */
static void drop_older_half(struct board *board) {
    size_t at = 0;
    while (board->length - at > BOARD_MAX_BYTES / 2)
        at += line_at(board, at);
    board->length -= at;
    memmove(board->data, board->data + at, board->length);
}

static int reserve(struct board *board, size_t more) {
    size_t capacity = board->capacity > 0 ? board->capacity : 4096;
    while (capacity - board->length < more)
        capacity *= 2;
    if (capacity == board->capacity)
        return 0;
    unsigned char *data = realloc(board->data, capacity);
    if (data == NULL)
        return -1;
    board->data = data;
    board->capacity = capacity;
    return 0;
}

int board_add(struct board *board, const void *line, size_t length) {
    if (board->length + PREFIX + length > BOARD_MAX_BYTES)
        drop_older_half(board);
    if (reserve(board, PREFIX + length) < 0)
        return -1;
    board->data[board->length] = (unsigned char) length;
    board->data[board->length + 1] = (unsigned char) (length >> 8);
    memcpy(board->data + board->length + PREFIX, line, length);
    board->length += PREFIX + length;
    return 0;
}

void board_clear(struct board *board) {
    free(board->data);
    *board = (struct board){0};
}

#include "ws/frame.h"
#include <sio/error.h>
#include <string.h>

const sio__deflated_t sio__not_deflated = {NULL, 0, 0};

size_t sio__frame_header(unsigned char header[10], int opcode, uint64_t length) {
    header[0] = (unsigned char) (0x80 | opcode); /* FIN */
    if (length <= SIO__FRAME_SMALL) {
        header[1] = (unsigned char) length;
        return 2;
    }
    if (length <= SIO__FRAME_MIDDLE) {
        header[1] = 126;
        header[2] = (unsigned char) (length >> 8);
        header[3] = (unsigned char) length;
        return 4;
    }
    header[1] = 127;
    for (unsigned i = 0; i < 8; i++)
        header[2 + i] = (unsigned char) (length >> (56 - 8 * i));
    return 10;
}

int sio__frame_end(sio__writer_t *writer, int opcode, sio__frame_t *frame) {
    const size_t room = writer->headroom;
    const size_t payload = (size_t) (writer->at - writer->start) - room;
    const size_t size = sio__frame_header_size(payload);
    if (size != room) {
        if (size > room && !sio__writer_need(writer, size - room))
            return SIO_ENOMEM;
        memmove(writer->start + size, writer->start + room, payload);
        writer->at = writer->start + size + payload;
    }
    size_t length;
    unsigned char *start = sio__writer_end(writer, &length);
    if (start == NULL)
        return SIO_ENOMEM;
    sio__frame_header(start, opcode, payload);
    *frame = (sio__frame_t){start, length, start + size, payload};
    return 0;
}

int sio__frame_make(sio__scratch_t *scratch, int opcode, const void *payload, size_t length,
                    sio__frame_t *frame) {
    unsigned char header[10];
    size_t size = sio__frame_header(header, opcode, length);
    if (length > SIZE_MAX - size)
        return SIO_ENOMEM;
    unsigned char *start = sio__scratch_alloc(scratch, size + length);
    if (start == NULL)
        return SIO_ENOMEM;
    memcpy(start, header, size);
    if (length > 0)
        memcpy(start + size, payload, length);
    *frame = (sio__frame_t){start, size + length, start + size, length};
    return 0;
}

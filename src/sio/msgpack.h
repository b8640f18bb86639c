/* Packets as npm's socket.io-msgpack-parser has them [A2]: bytes in, values out, no I/O. */
#ifndef SIO__SIO_MSGPACK_H
#define SIO__SIO_MSGPACK_H

#include "base/scratch.h"
#include "sio/format.h"
#include "sio/packet.h"

/*
 * Writes the map of a packet, whose data is valid JSON; `texts` is for what that needs meanwhile.
 * 0, SIO_EINVAL (a placeholder without binary), SIO_ETOOBIG (longer than the format can say),
 * SIO_ENOMEM.
 */
int sio__msgpack_write(sio__writer_t *writer, sio__scratch_t *texts, const sio_packet_t *packet);

/*
 * Reads a packet: namespace and data, the latter as JSON text, are put into the arena, the
 * binaries (which lie in `bytes`) into the list, which is initialized here and freed by the
 * caller in every case. Values have at most `depth` levels (of SIO__VALUE_DEPTH that there can be).
 * The data is not yet checked to fit the type. 0, SIO_ENOMEM, or SIO_EPROTO with *why.
 */
int sio__msgpack_read(sio__packet_t *packet, sio__attachments_t *binaries, sio__scratch_t *arena,
                      const void *bytes, size_t length, uint32_t depth, const char **why);

#endif

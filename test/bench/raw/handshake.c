#include "handshake.h"

#include "base/base64.h"
#include "base/sha1.h"

#include <stdio.h>
#include <string.h>

#define KEY_LENGTH    24
#define GUID          "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, section 1.3 */
#define DIGEST_LENGTH 20
#define ACCEPT_LENGTH 28

size_t handshake_length(const char *text) {
    const char *end = strstr(text, "\r\n\r\n");

    return end == NULL ? 0 : (size_t) (end - text) + 4;
}

size_t handshake_respond(char response[HANDSHAKE_RESPONSE_SIZE], const char *head) {
    static const char name[] = "\r\nSec-WebSocket-Key:";
    char keyed[KEY_LENGTH + sizeof GUID];
    unsigned char digest[DIGEST_LENGTH];
    char accept[ACCEPT_LENGTH];

    const char *key = strcasestr(head, name);
    if (strncmp(head, "GET ", 4) != 0 || key == NULL)
        return 0;
    key += strlen(name);
    key += strspn(key, " \t");
    if (strcspn(key, " \t\r") != KEY_LENGTH)
        return 0;
    memcpy(keyed, key, KEY_LENGTH);
    memcpy(keyed + KEY_LENGTH, GUID, sizeof GUID);
    sio__sha1(digest, keyed, KEY_LENGTH + strlen(GUID));
    sio__base64_encode(accept, digest, sizeof digest);
    int size = snprintf(response, HANDSHAKE_RESPONSE_SIZE,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n\r\n",
                        ACCEPT_LENGTH, accept);
    return (size_t) size;
}

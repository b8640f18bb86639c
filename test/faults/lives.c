#include "faults/lives.h"

/* --- lives ------------------------------------------------------------------------------------ */

#define LONG                                                                                       \
    "a long text, so that it is compressed where that was agreed on: aaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BIN "[\"echo\",{\"_placeholder\":true,\"num\":0}]"
/* What is the same in all later generations. */
#define EVENTS                                                                                     \
    {LIFE_SAY, "42[\"listen\"]", 0}, {LIFE_SAY, "42[\"own\",1]", 0},                                         \
        {LIFE_SAY, "42[\"echo\",\"text \\u00e8\",{\"a\":[1,2.5,null]}]", 0},                             \
        {LIFE_SAY, "42[\"values\",\"x\",{\"deep\":[true]}]", 0}, {LIFE_SAY, "421[\"ack\",\"x\"]", 0},         \
        {LIFE_SAY, "42[\"ask\"]", 0}, {LIFE_SAY, "430[\"because\"]", 0}, {LIFE_SAY, "42[\"join\",\"a\"]", 0},      \
        {LIFE_SAY, "42[\"join\",\"b\"]", 0}, {LIFE_SAY, "42[\"poll\",\"a\"]", 0}, {LIFE_SLEEP, NULL, 150},          \
        {LIFE_SAY, "42[\"fetch\"]", 0}, {LIFE_SAY, "42[\"after\"]", 0}, {LIFE_SLEEP, NULL, 20},                     \
        {LIFE_SAY, "42[\"echo\",\"" LONG "\"]", 0}, {LIFE_SAY, "42[\"leave\",\"a\"]", 0}
#define LAST {LIFE_SAY, "42[\"echo\",\"last\"]", 0}, {LIFE_SLEEP, NULL, 1}

static const step_t v4[] = {
    {LIFE_SAY, "40{\"token\":\"t\"}", 0}, EVENTS, {LIFE_SAY, "451-" BIN, 0}, {LIFE_BINARY, "bAQID", 0},
    {LIFE_SAY, "40/child1,", 0}, {LIFE_SAY, "42/child1,[\"echo\",1]", 0}, {LIFE_SAY, "41/child1,", 0},
    {LIFE_SAY, "40/unknown,", 0}, {LIFE_SLEEP, NULL, 24000}, {LIFE_SLEEP, NULL, 1500}, {LIFE_SAY, "3", 0}, LAST,
    {LIFE_END, NULL, 0},
};
static const step_t v4_kicked[] = {
    {LIFE_SAY, "40", 0}, LAST, {LIFE_SAY, "42[\"kick\"]", 0}, {LIFE_SLEEP, NULL, 10}, {LIFE_END, NULL, 0},
};
static const step_t v4_malformed[] = {
    {LIFE_SAY, "40", 0}, LAST, {LIFE_SAY, "42[\"echo\"", 0}, {LIFE_SLEEP, NULL, 10}, {LIFE_END, NULL, 0},
};
static const step_t v3[] = {
    EVENTS, {LIFE_SAY, "451-" BIN, 0}, {LIFE_BINARY, "b4AQID", 0}, {LIFE_SAY, "40/child1?a=b%20c", 0},
    {LIFE_SAY, "42/child1,[\"echo\",1]", 0}, {LIFE_SAY, "40/unknown", 0}, {LIFE_SAY, "2", 0}, LAST,
    {LIFE_END, NULL, 0},
};
#define OLD(name, args) "5:::{\"name\":\"" name "\",\"args\":[" args "]}"
static const step_t v09[] = {
    {LIFE_SAY, OLD("listen", ""), 0}, {LIFE_SAY, OLD("echo", "\"text \\u00e8\",{\"a\":[1]}"), 0},
    {LIFE_SAY, OLD("values", "\"x\",{\"deep\":[true]}"), 0},
    {LIFE_SAY, "5:1+::{\"name\":\"ack\",\"args\":[1]}", 0}, {LIFE_SAY, "5:2::{\"name\":\"ack\"}", 0},
    {LIFE_SAY, OLD("ask", ""), 0}, {LIFE_SAY, "6:::1+[\"because\"]", 0}, {LIFE_SAY, OLD("join", "\"a\""), 0},
    {LIFE_SAY, "3:::a message", 0}, {LIFE_SAY, "4:::{\"json\":1}", 0}, {LIFE_SAY, OLD("poll", "\"a\""), 0},
    {LIFE_SLEEP, NULL, 150}, {LIFE_SAY, "1::/child1:?a=b", 0},
    {LIFE_SAY, "5::/child1:{\"name\":\"echo\",\"args\":[1]}", 0}, {LIFE_SAY, "1::/unknown", 0},
    {LIFE_SLEEP, NULL, 26000}, {LIFE_SAY, "2::", 0}, {LIFE_SAY, OLD("echo", "\"last\""), 0}, {LIFE_SLEEP, NULL, 1},
    {LIFE_SAY, "0::", 0}, {LIFE_SLEEP, NULL, 1}, {LIFE_END, NULL, 0},
};

#define PACKED_ECHO(word) PACKED_ECHO_HEAD word PACKED_NSP
#define PACKED(text) {LIFE_BINARY, text, sizeof(text) - 1}
static const step_t packed[] = {
    PACKED(PACKED_CONNECT), PACKED(PACKED_ECHO("\xc4\x03\1\2\3")), PACKED(PACKED_ECHO("\x81\xa1" "a\xcb\x3f\xf8\0\0\0\0\0\0")),
    PACKED(PACKED_ECHO("\xa4last")), {LIFE_SLEEP, NULL, 1}, {LIFE_END, NULL, 0},
};
static const step_t words[] = {
    {LIFE_SAY, "first", 0}, {LIFE_SAY, LONG, 0}, {LIFE_SAY, "last", 0}, {LIFE_END, NULL, 0},
};
/* Cut in two, compressed ("Hello" of RFC 7692 7.2.3.1), asked for a sign of life. */
#define CUT(text) {LIFE_FRAME, text, sizeof(text) - 1}
static const step_t frames[] = {
    CUT("\x01" "fir"), CUT("\x80" "st"), CUT("\xc1\xf2\x48\xcd\xc9\xc9\x07\x00"), CUT("\x89" "ping"),
    {LIFE_SAY, LONG, 0}, {LIFE_SAY, "last", 0}, {LIFE_END, NULL, 0},
};
/* The life of the server itself, from its birth on. */
static const step_t birth[] = {
    {LIFE_SAY, "40", 0}, LAST, {LIFE_END, NULL, 0},
};

#define GZIP "Accept-Encoding: gzip\r\n"
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

const life_t lives[] = {
    {"4 over WebSocket", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4, "last", 0, 0, 0, 0, 0},
    {"4 over polling", SPEAKER_POLLING, "EIO=4", GZIP, v4, "last", 0, 0, 0, 0, 1},
    {"4 from polling to WebSocket", SPEAKER_UPGRADE, "EIO=4", NULL, v4, "last", 0, 0, 0, 0, 0},
    {"4 over WebSocket, compressed", SPEAKER_WEBSOCKET, "EIO=4", DEFLATE, v4, "last", 0, 1, 0, 0, 1},
    {"4 over WebSocket, with recovery", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4, "last", 1, 0, 0, 0, 1},
    {"4 over WebSocket, sent away", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4_kicked, "last", 0, 0, 0, 0, 0},
    {"4 over polling, sent away", SPEAKER_POLLING, "EIO=4", NULL, v4_kicked, "last", 0, 0, 0, 0, 0},
    {"4 over WebSocket, malformed", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4_malformed, "last", 0, 0, 0, 0, 0},
    {"3 over WebSocket", SPEAKER_WEBSOCKET, "EIO=3", NULL, v3, "last", 0, 0, 0, 0, 1},
    {"3 over polling", SPEAKER_POLLING, "EIO=3&b64=1", GZIP, v3, "last", 0, 0, 0, 0, 0},
    {"3 from polling to WebSocket", SPEAKER_UPGRADE, "EIO=3", NULL, v3, "last", 0, 0, 0, 0, 0},
    {"3 over JSONP", SPEAKER_POLLING, "EIO=3&b64=1&j=0", NULL, v3, "last", 0, 0, 0, 0, 0},
    {"0.9 over xhr-polling", SPEAKER_XHR, NULL, NULL, v09, "last", 0, 0, 0, 0, 0},
    {"0.9 over jsonp-polling", SPEAKER_JSONP, NULL, NULL, v09, "last", 0, 0, 0, 0, 0},
    {"0.9 over htmlfile", SPEAKER_HTMLFILE, NULL, NULL, v09, "last", 0, 0, 0, 0, 0},
    {"0.9 over WebSocket", SPEAKER_OLD_WEBSOCKET, NULL, NULL, v09, "last", 0, 0, 0, 0, 1},
    {"0.9 over WebSocket, draft 75", SPEAKER_DRAFT_75, NULL, NULL, v09, "last", 0, 0, 0, 0, 0},
    {"0.9 over WebSocket, draft 76", SPEAKER_DRAFT_76, NULL, NULL, v09, "last", 0, 0, 0, 0, 0},
    {"msgpack", SPEAKER_WEBSOCKET, "EIO=4", NULL, packed, "last", 0, 0, 1, 0, 0},
    {"a WebSocket of the program's", SPEAKER_RAW, NULL, DEFLATE, frames, "last", 0, 1, 0, 0, 0},
    {"requests", SPEAKER_HTTP, NULL, NULL, words, "last", 0, 0, 0, 0, 0},
    {"a server from its birth on", SPEAKER_WEBSOCKET, "EIO=4", NULL, birth, "last", 1, 1, 0, 1, 0},
};

const size_t life_count = sizeof(lives) / sizeof(lives[0]);

/*
 * What a peer may send, and what it is answered: the statuses in their order, with a "!" where
 * the connection ends then. Behind what stays open goes one more request, so that a row also
 * says how many requests its bytes are. The rules are of RFC 9112 and RFC 9110 unless they say
 * something else; where these leave a choice, what is odd is refused.
 */
#ifndef TEST_STRICT_H
#define TEST_STRICT_H

#include <stddef.h>

typedef struct {
    const char *name, *answer, *bytes;
    size_t length;
    const char *seen; /* by the handler, or in the answer; NULL: whatever */
} row_t;

/* Limits of the server: a URL of 60, headers of 200 bytes, names, values and 4 for each of at
 * most 6; a body of 20. */
#define ROW(name, answer, bytes)        {name, answer, bytes, sizeof(bytes) - 1, NULL}
#define SEEN(name, answer, bytes, seen) {name, answer, bytes, sizeof(bytes) - 1, seen}

#define HOST   "Host: x\r\n"
#define GET    "GET /e HTTP/1.1\r\n" HOST
#define POST   "POST /e HTTP/1.1\r\n" HOST
#define CHUNKS POST "Transfer-Encoding: chunked\r\n\r\n"
#define NEXT   "GET /e/next HTTP/1.1\r\n" HOST "\r\n"
#define TEN(c) c c c c c c c c c c

/* --- lines (RFC 9112 2.2, 5) ------------------------------------------------------------------ */

static const row_t line_rows[] = {
    SEEN("a request", "200", GET "\r\n", "GET /e host=x t=- body="),
    ROW("a folded header", "400!", GET "A: b\r\n c\r\n\r\n"),
    ROW("a header folded with a tab", "400!", GET "A: b\r\n\tc\r\n\r\n"),
    ROW("a header folded behind its colon", "400!", GET "A:\r\n b\r\n\r\n"),
    ROW("a folded length", "400!", POST "Content-Length:\r\n 5\r\n\r\nhello"),
    ROW("a folded coding", "400!", POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    ROW("a fold of blanks", "400!", GET "A: b\r\n \r\n\r\n"),
    ROW("a blank before the first header", "400!", "GET /e HTTP/1.1\r\n " HOST "\r\n"),
    ROW("a tab before the first header", "400!", "GET /e HTTP/1.1\r\n\t" HOST "\r\n"),
    ROW("a blank before the colon", "400!", GET "A : b\r\n\r\n"),
    ROW("a tab before the colon", "400!", GET "A\t: b\r\n\r\n"),
    ROW("a blank before the colon of a length", "400!",
        POST "Content-Length : 5\r\n\r\nhello"),
    ROW("a blank before the colon of a coding", "400!",
        POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    ROW("a blank in a name", "400!", GET "A b: c\r\n\r\n"),
    ROW("a line without a colon", "400!", GET "A\r\n\r\n"),
    ROW("a header without a name", "400!", GET ": b\r\n\r\n"),
    ROW("a name that is no token", "400!", GET "A@: b\r\n\r\n"),
    ROW("a name that is not ASCII", "400!", GET "\xc3\xa9: b\r\n\r\n"),
    ROW("a value that is not ASCII", "200", GET "A: \xc3\xa9\xff\r\n\r\n"),
    ROW("a value with tabs and blanks", "200", GET "A: \t b\tc \t\r\n\r\n"),
    ROW("an empty value", "200", GET "A:\r\nB: \r\n\r\n"),
    ROW("a request line that ends in LF", "400!", "GET /e HTTP/1.1\n" HOST "\r\n"),
    ROW("a header that ends in LF", "400!", "GET /e HTTP/1.1\r\nHost: x\n\r\n"),
    ROW("an empty header that ends in LF", "400!", GET "A:\n\r\n"),
    ROW("a header section that ends in LF", "400!", GET "\n"),
    ROW("lines that end in LF only", "400!", "GET /e HTTP/1.1\nHost: x\n\n"),
    ROW("a request line that ends in CR", "400!", "GET /e HTTP/1.1\r" HOST "\r\n"),
    ROW("a header that ends in CR", "400!", GET "A: b\rC: d\r\n\r\n"),
    ROW("an empty header that ends in CR", "400!", GET "A:\rTransfer-Encoding: chunked\r\n\r\n"),
    ROW("a CR in a value", "400!", GET "A: b\rc\r\n\r\n"),
    ROW("two CR before LF", "400!", GET "A: b\r\r\n\r\n"),
    ROW("a header section that ends in CR", "400!", GET "\rX"),
    ROW("a NUL in the method", "400!", "GE\0T /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a NUL in the target", "400!", "GET /e\0 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a NUL in the version", "400!", "GET /e HTTP/1.\0\r\n" HOST "\r\n"),
    ROW("a NUL in a name", "400!", GET "A\0: b\r\n\r\n"),
    ROW("a NUL in a value", "400!", GET "A: b\0c\r\n\r\n"),
    ROW("a NUL instead of a line end", "400!", GET "A: b\0\r\n\r\n"),
    ROW("an escape in a value", "400!", GET "A: \x1b[31m\r\n\r\n"),
    ROW("a form feed in a value", "400!", GET "A: b\fc\r\n\r\n"),
    ROW("a DEL in a value", "400!", GET "A: \x7f\r\n\r\n"),
    ROW("a DEL in a name", "400!", GET "A\x7f: b\r\n\r\n"),
    ROW("a header behind a reflected one", "400!", GET "Origin: http://a\rSet-Cookie: b\r\n\r\n"),
    ROW("one folded into it", "400!",
        "OPTIONS /e HTTP/1.1\r\n" HOST "Access-Control-Request-Headers: a\r\n b\r\n\r\n"),
    ROW("a line of another protocol", "400!", "\x16\x03\x01\x02\x01\x01"),
};

/* --- request line (RFC 9112 3, 2.3) ----------------------------------------------------------- */

static const row_t request_rows[] = {
    ROW("an empty line before it", "200", "\r\n" GET "\r\n"),
    ROW("two empty lines before it", "400!", "\r\n\r\n" GET "\r\n"),
    ROW("LF before it", "400!", "\n" GET "\r\n"),
    ROW("CR before it", "400!", "\r" GET "\r\n"),
    ROW("a blank before it", "400!", " " GET "\r\n"),
    ROW("an empty line between two requests", "200 200", POST "Content-Length: 2\r\n\r\nhi\r\n" NEXT),
    ROW("two blanks behind the method", "400!", "GET  /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a tab behind the method", "400!", "GET\t/e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("two blanks before the version", "400!", "GET /e  HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a blank behind the version", "400!", "GET /e HTTP/1.1 \r\n" HOST "\r\n"),
    ROW("a fourth word", "400!", "GET /e HTTP/1.1 x\r\n" HOST "\r\n"),
    ROW("a blank in the target", "400!", "GET /e e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method alone", "400!", "GET\r\n\r\n"),
    ROW("a method that nobody knows", "501!", "NOSUCH /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method in lower case", "501!", "get /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method with more behind it", "501!", "GETS /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a long method", "501!", TEN(TEN("M")) " /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method that is no token", "400!", "GE@T /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method in quotes", "400!", "\"GET\" /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("no method", "400!", " /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method of RTSP", "501!", "ANNOUNCE /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a method of Icecast", "501!", "SOURCE /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("Icecast itself", "501!", "SOURCE /e ICE/1.0\r\n" HOST "\r\n"),
    ROW("RTSP itself", "400!", "OPTIONS /e RTSP/1.0\r\n" HOST "\r\n"),
    ROW("HTTP/0.9 as it was", "400!", "GET /e\r\n"),
    ROW("HTTP/0.9 in words", "505!", "GET /e HTTP/0.9\r\n" HOST "\r\n"),
    ROW("HTTP/1.2", "505!", "GET /e HTTP/1.2\r\n" HOST "\r\n"),
    ROW("HTTP/2.0", "505!", "GET /e HTTP/2.0\r\n" HOST "\r\n"),
    ROW("the preface of HTTP/2", "505!", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ROW("HTTP/3.7", "505!", "GET /e HTTP/3.7\r\n" HOST "\r\n"),
    ROW("HTTP/1.10", "400!", "GET /e HTTP/1.10\r\n" HOST "\r\n"),
    ROW("HTTP/11", "400!", "GET /e HTTP/11\r\n" HOST "\r\n"),
    ROW("HTTP/1,1", "400!", "GET /e HTTP/1,1\r\n" HOST "\r\n"),
    ROW("a version in lower case", "400!", "GET /e http/1.1\r\n" HOST "\r\n"),
    ROW("a version without its name", "400!", "GET /e 1.1\r\n" HOST "\r\n"),
};

/* --- target and Host (RFC 9112 3.2, RFC 9110 4.2, 7.2) ---------------------------------------- */

static const row_t target_rows[] = {
    SEEN("the URL of a resource", "200", "GET http://y/e/p HTTP/1.1\r\n" HOST "\r\n",
         "GET /e/p host=y t=- body="),
    SEEN("a URL in odd letters", "200", "GET HTTPS://Y.example:443/e HTTP/1.1\r\n" HOST "\r\n",
         "GET /e host=Y.example:443 t="),
    SEEN("a URL in HTTP/1.0", "200!", "GET http://y/e HTTP/1.0\r\n\r\n", "GET /e host=y t="),
    ROW("a URL without a path", "404", "GET http://y HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL with a query alone", "404", "GET http://y?e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL without a Host header", "400!", "GET http://y/e HTTP/1.1\r\n\r\n"),
    ROW("a URL without a host", "400!", "GET http:///e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL with a port alone", "400!", "GET http://:80/e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL with a user", "400!", "GET http://u@y/e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL of another scheme", "400!", "GET ftp://y/e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL with one slash", "400!", "GET http:/y/e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("CONNECT", "501!", "CONNECT y:80 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("CONNECT to a path", "501!", "CONNECT /e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("an authority without CONNECT", "400!", "GET y:80 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a name", "400!", "GET y HTTP/1.1\r\n" HOST "\r\n"),
    ROW("OPTIONS for the server", "204", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    ROW("an asterisk for others", "400!", "GET * HTTP/1.1\r\n" HOST "\r\n"),
    ROW("an asterisk with more behind it", "400!", "OPTIONS *e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a query alone", "400!", "GET ?e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("no slash", "400!", "GET e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a fragment", "400!", "GET /e#f HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a fragment in the query", "400!", "GET /e?a#f HTTP/1.1\r\n" HOST "\r\n"),
    ROW("bytes that are not ASCII", "400!", "GET /e/\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("bytes that are not UTF-8", "400!", "GET /e/\xff HTTP/1.1\r\n" HOST "\r\n"),
    ROW("such bytes in the query", "400!", "GET /e?\xff HTTP/1.1\r\n" HOST "\r\n"),
    SEEN("the same bytes encoded", "200", "GET /e/%ff%C3%a9 HTTP/1.1\r\n" HOST "\r\n",
         "GET /e/\xff\xc3\xa9 host="),
    ROW("a control character", "400!", "GET /e\x01 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a tab", "400!", "GET /e\tf HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a form feed", "400!", "GET /e\ff HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a DEL", "400!", "GET /e\x7f HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a NUL encoded", "400!", "GET /e/%00 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a NUL encoded in the query", "200", "GET /e?a=%00 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a percent sign", "400!", "GET /e/% HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a percent sign and a digit", "400!", "GET /e/%2 HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a percent sign and no digits", "400!", "GET /e/%zz HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a percent sign in the query", "200", "GET /e?a=100% HTTP/1.1\r\n" HOST "\r\n"),
    SEEN("line ends encoded", "200", "GET /e/%0d%0aA:%20b HTTP/1.1\r\n" HOST "\r\n",
         "GET /e/\r\nA: b host="),
    SEEN("what is decoded once", "200", "GET /e/%2500 HTTP/1.1\r\n" HOST "\r\n", "GET /e/%00 host="),
    SEEN("dots, which are the handler's matter", "200", "GET /e/../f HTTP/1.1\r\n" HOST "\r\n",
         "GET /e/../f host="),
    SEEN("dots encoded", "200", "GET /e/%2e%2e/f HTTP/1.1\r\n" HOST "\r\n", "GET /e/../f host="),
    ROW("dots that lead to a route", "404", "GET /f/../e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("two slashes, which are no host", "404", "GET //y/e HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a backslash", "404", "GET /\\e HTTP/1.1\r\n" HOST "\r\n"),

    ROW("no Host", "400!", "GET /e HTTP/1.1\r\n\r\n"),
    ROW("no Host in HTTP/1.0", "200!", "GET /e HTTP/1.0\r\n\r\n"),
    ROW("two Hosts", "400!", GET HOST "\r\n"),
    ROW("two different Hosts", "400!", GET "host: y\r\n\r\n"),
    ROW("two Hosts in HTTP/1.0", "400!", "GET /e HTTP/1.0\r\n" HOST HOST "\r\n"),
    SEEN("an empty Host", "200", "GET /e HTTP/1.1\r\nHost:\r\n\r\n", "GET /e host= t="),
    ROW("a Host with a blank", "400!", "GET /e HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ROW("a Host with a path", "400!", "GET /e HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ROW("a Host with a query", "400!", "GET /e HTTP/1.1\r\nHost: a?b\r\n\r\n"),
    ROW("a Host with a fragment", "400!", "GET /e HTTP/1.1\r\nHost: a#b\r\n\r\n"),
    ROW("a Host with a backslash", "400!", "GET /e HTTP/1.1\r\nHost: a\\b\r\n\r\n"),
    ROW("a Host with a user", "400!", "GET /e HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    ROW("a Host that is an at sign", "400!", "GET /e HTTP/1.1\r\nHost: @\r\n\r\n"),
    ROW("a Host that is a URL", "400!", "GET /e HTTP/1.1\r\nHost: http://a\r\n\r\n"),
    ROW("a list of Hosts", "400!", "GET /e HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    ROW("a Host that is not ASCII", "400!", "GET /e HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n"),
    ROW("a Host with two ports", "400!", "GET /e HTTP/1.1\r\nHost: a:1:2\r\n\r\n"),
    ROW("a Host with a word for a port", "400!", "GET /e HTTP/1.1\r\nHost: a:b\r\n\r\n"),
    ROW("a Host with a long port", "400!", "GET /e HTTP/1.1\r\nHost: a:123456\r\n\r\n"),
    ROW("a Host with a port alone", "400!", "GET /e HTTP/1.1\r\nHost: :80\r\n\r\n"),
    ROW("a Host of IPv6", "200", "GET /e HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
    ROW("a Host of IPv6 without an end", "400!", "GET /e HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    ROW("a Host of IPv6 and more", "400!", "GET /e HTTP/1.1\r\nHost: [::1]x\r\n\r\n"),
    ROW("a Host of brackets", "400!", "GET /e HTTP/1.1\r\nHost: []\r\n\r\n"),
    ROW("a Host of odd but good letters", "200", "GET /e HTTP/1.1\r\nHost: a_b~%41!$&'()*+,;=.-:\r\n\r\n"),
};

/* --- where the body ends (RFC 9112 6) --------------------------------------------------------- */

static const row_t length_rows[] = {
    SEEN("a length", "200", POST "Content-Length: 5\r\n\r\nhello", "body=hello"),
    SEEN("a length of nothing", "200", POST "Content-Length: 0\r\n\r\n", "body="),
    SEEN("no length", "200", POST "\r\n", "body="),
    SEEN("blanks around it", "200", POST "Content-Length: \t 5  \r\n\r\nhello", "body=hello"),
    SEEN("zeros before it", "200", POST "Content-Length: 005\r\n\r\nhello", "body=hello"),
    SEEN("the body of a GET", "200", GET "Content-Length: 5\r\n\r\nhello", "GET /e host=x t=- body=hello"),
    SEEN("a request in a body", "200 200", POST "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n" NEXT,
         "body=GET / HTTP/1.1"),
    ROW("two lengths", "400!", POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    ROW("the same length twice", "400!", POST "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello"),
    ROW("a list of lengths", "400!", POST "Content-Length: 5, 5\r\n\r\nhello"),
    ROW("a list with nothing behind", "400!", POST "Content-Length: 5,\r\n\r\nhello"),
    ROW("two lengths with a blank between", "400!", POST "Content-Length: 5 5\r\n\r\nhello"),
    ROW("a length with a sign", "400!", POST "Content-Length: +5\r\n\r\nhello"),
    ROW("a negative length", "400!", POST "Content-Length: -5\r\n\r\nhello"),
    ROW("a hexadecimal length", "400!", POST "Content-Length: 0x5\r\n\r\nhello"),
    ROW("a length with a fraction", "400!", POST "Content-Length: 5.0\r\n\r\nhello"),
    ROW("a length with an exponent", "400!", POST "Content-Length: 5e0\r\n\r\nhello"),
    ROW("a length in quotes", "400!", POST "Content-Length: \"5\"\r\n\r\nhello"),
    ROW("no digits", "400!", POST "Content-Length:\r\n\r\n"),
    ROW("a word", "400!", POST "Content-Length: five\r\n\r\nhello"),
    ROW("a length of 2^64", "400!", POST "Content-Length: 18446744073709551616\r\n\r\nhello"),
    ROW("a length of 2^64 + 5", "400!", POST "Content-Length: 18446744073709551621\r\n\r\nhello"),
    ROW("a length of 2^66", "400!", POST "Content-Length: 73786976294838206464\r\n\r\nhello"),
    ROW("a length of 2^64 - 1", "413!", POST "Content-Length: 18446744073709551615\r\n\r\nhello"),
    ROW("a length with another name", "200 200", POST "Content_Length: 50\r\n\r\n" NEXT),

    ROW("a length and a coding", "400!",
        POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW("a coding and a length", "400!",
        POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" NEXT),
    ROW("a coding and a length of nothing", "400!",
        POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"),
    ROW("an unknown coding and a length", "400!",
        POST "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
    SEEN("chunks", "200", CHUNKS "5\r\nhello\r\n0\r\n\r\n", "body=hello"),
    SEEN("a coding in odd letters", "200",
         POST "Transfer-encoding: \tCHUNKED \r\n\r\n5\r\nhello\r\n0\r\n\r\n", "body=hello"),
    ROW("chunked twice", "400!", POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ROW("chunked in two headers", "400!",
        POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW("identity", "400!", POST "Transfer-Encoding: identity\r\n\r\n"),
    ROW("identity behind chunked", "400!",
        POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    ROW("xchunked", "400!", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ROW("chunkedx", "400!", POST "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n"),
    ROW("chunked with a parameter", "400!", POST "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"),
    ROW("chunked in quotes", "400!", POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    ROW("chunked behind a comma", "400!", POST "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n"),
    ROW("chunked before a comma", "400!", POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"),
    ROW("chunked behind a vertical tab", "400!", POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"),
    ROW("no coding", "400!", POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
    ROW("chunked not last", "400!", POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ROW("another coding", "400!", POST "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n"),
    ROW("another coding before chunked", "501!", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ROW("chunked in HTTP/1.0", "400!",
        "POST /e HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW("a coding with another name", "200 200", POST "Transfer_Encoding: chunked\r\n\r\n" NEXT),
};

/* --- chunks and trailers (RFC 9112 7.1, RFC 9110 6.5) ----------------------------------------- */

static const row_t chunk_rows[] = {
    SEEN("several chunks", "200 200", CHUNKS "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n" NEXT, "body=hello"),
    SEEN("zeros before the size", "200", CHUNKS "0005\r\nhello\r\n000\r\n\r\n", "body=hello"),
    SEEN("the letters of sizes", "200", CHUNKS "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
         "body=01234567890123456789"),
    ROW("no chunk", "200", CHUNKS "0\r\n\r\n"),
    ROW("no size", "400!", CHUNKS "\r\nhello\r\n0\r\n\r\n"),
    ROW("a size of letters", "400!", CHUNKS "xyz\r\nhello\r\n0\r\n\r\n"),
    ROW("a size with a prefix", "400!", CHUNKS "0x5\r\nhello\r\n0\r\n\r\n"),
    ROW("a size with a sign", "400!", CHUNKS "+5\r\nhello\r\n0\r\n\r\n"),
    ROW("a negative size", "400!", CHUNKS "-5\r\nhello\r\n0\r\n\r\n"),
    ROW("a blank before the size", "400!", CHUNKS " 5\r\nhello\r\n0\r\n\r\n"),
    ROW("a blank behind the size", "400!", CHUNKS "5 \r\nhello\r\n0\r\n\r\n"),
    ROW("an underscore in the size", "400!", CHUNKS "1_0\r\nhello\r\n0\r\n\r\n"),
    ROW("a size of 2^64 + 5", "400!", CHUNKS "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ROW("a size of too many zeros", "400!", CHUNKS "00000000000000005\r\nhello\r\n0\r\n\r\n"),
    ROW("a size of 2^64 - 1", "413!", CHUNKS "ffffffffffffffff\r\n" TEN("b") TEN("b") "b"),
    ROW("a size that ends in LF", "400!", CHUNKS "5\nhello\r\n0\r\n\r\n"),
    ROW("a size that ends in CR", "400!", CHUNKS "5\rhello\r\n0\r\n\r\n"),
    ROW("a size that ends in CR and another", "400!", CHUNKS "5\rXhello\r\n0\r\n\r\n"),
    ROW("no line end behind the data", "400!", CHUNKS "5\r\nhello0\r\n\r\n"),
    ROW("LF behind the data", "400!", CHUNKS "5\r\nhello\n0\r\n\r\n"),
    ROW("CR behind the data", "400!", CHUNKS "5\r\nhello\r0\r\n\r\n"),
    ROW("two other bytes behind the data", "400!", CHUNKS "5\r\nhelloXX0\r\n\r\n"),
    ROW("another byte before LF behind the data", "400!", CHUNKS "5\r\nhelloX\n0\r\n\r\n"),
    ROW("more data than the size says", "400!", CHUNKS "4\r\nhello\r\n0\r\n\r\n"),
    ROW("the last size ends in LF", "400!", CHUNKS "0\n\r\n"),
    ROW("the last line ends in LF", "400!", CHUNKS "0\r\n\n"),
    ROW("the last line ends in CR", "400!", CHUNKS "0\r\n\rX"),

    SEEN("an extension", "200", CHUNKS "5;a=b\r\nhello\r\n0;c\r\n\r\n", "body=hello"),
    SEEN("an extension in quotes", "200", CHUNKS "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", "body=hello"),
    SEEN("an extension with blanks", "200", CHUNKS "5 ; a = b\r\nhello\r\n0\r\n\r\n", "body=hello"),
    ROW("an extension without its semicolon", "400!", CHUNKS "5 a\r\nhello\r\n0\r\n\r\n"),
    ROW("an extension that ends in LF", "400!", CHUNKS "5;a\nhello\r\n0\r\n\r\n"),
    ROW("an extension with LF in quotes", "400!", CHUNKS "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"),
    ROW("an extension with CR", "400!", CHUNKS "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    ROW("an extension with a NUL", "400!", CHUNKS "5;a\0\r\nhello\r\n0\r\n\r\n"),

    SEEN("a trailer, which is no header", "200 200", CHUNKS "5\r\nhello\r\n0\r\nT: 1\r\n\r\n" NEXT,
         "POST /e host=x t=- body=hello"),
    ROW("a trailer that ends in LF", "400!", CHUNKS "0\r\nT: 1\n\r\n"),
    ROW("a trailer with CR", "400!", CHUNKS "0\r\nT: 1\r2\r\n\r\n"),
    ROW("a trailer with a NUL", "400!", CHUNKS "0\r\nT: \0\r\n\r\n"),
    ROW("a folded trailer", "400!", CHUNKS "0\r\nT: 1\r\n 2\r\n\r\n"),
    ROW("a blank before a trailer", "400!", CHUNKS "0\r\n T: 1\r\n\r\n"),
    ROW("a blank before a trailer's colon", "400!", CHUNKS "0\r\nT : 1\r\n\r\n"),
    ROW("a trailer without a colon", "400!", CHUNKS "0\r\nT\r\n\r\n"),
    ROW("a trailer without a name", "400!", CHUNKS "0\r\n: 1\r\n\r\n"),
    ROW("a length for a trailer", "400!", CHUNKS "0\r\nContent-Length: 5\r\n\r\n"),
    ROW("a coding for a trailer", "400!", CHUNKS "0\r\ntransfer-encoding: chunked\r\n\r\n"),
    ROW("a Host for a trailer", "400!", CHUNKS "0\r\nHost: y\r\n\r\n"),
    ROW("names like these", "200", CHUNKS "0\r\nTransfer-Encodings: 1\r\nHosts: 1\r\n\r\n"),
};

/* --- the connection (RFC 9112 9, RFC 9110 7.6, 7.8, 10.1.1) ----------------------------------- */

#define UPGRADE(path)                                                                              \
    "GET " path " HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n"

static const row_t connection_rows[] = {
    ROW("two requests", "200 200", GET "\r\n" NEXT),
    ROW("three, one with a body", "200 200 200", GET "\r\n" POST "Content-Length: 2\r\n\r\nhi" NEXT),
    ROW("one behind what is malformed", "400!", GET "A : b\r\n\r\n" NEXT),
    ROW("what is malformed behind one", "200 400!", GET "\r\n" GET "A : b\r\n\r\n"),
    ROW("Connection: close", "200!", GET "Connection: close\r\n\r\n" NEXT),
    ROW("Connection: keep-alive", "200", GET "Connection: keep-alive\r\n\r\n"),
    ROW("both", "200!", GET "Connection: keep-alive, close\r\n\r\n" NEXT),
    ROW("HTTP/1.0", "200!", "GET /e HTTP/1.0\r\n\r\n" NEXT),
    SEEN("HTTP/1.0 that goes on", "200", "GET /e HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "Connection: keep-alive\r\n"),
    ROW("HTTP/1.0 with both", "200!", "GET /e HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"),
    SEEN("HEAD", "200", "HEAD /e HTTP/1.1\r\n" HOST "\r\n", "Content-Length: 24\r\n"),
    ROW("HEAD of nothing", "404", "HEAD /none HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a body that nobody wants", "404 200", "POST /none HTTP/1.1\r\n" HOST
        "Content-Length: 5\r\n\r\nhello" NEXT),

    SEEN("a body on demand", "100 200", POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
         "body=hello"),
    ROW("an expectation without a body", "200", GET "Expect: 100-continue\r\n\r\n"),
    ROW("another expectation", "417!", GET "Expect: miracles\r\n\r\n"),
    ROW("another expectation and a body", "417!",
        POST "Expect: miracles\r\nContent-Length: 5\r\n\r\nhello" NEXT),
    ROW("two expectations", "417!",
        POST "Expect: 100-continue\r\nExpect: more\r\nContent-Length: 5\r\n\r\nhello"),
    ROW("an expectation in HTTP/1.0", "200!",
        "POST /e HTTP/1.0\r\nExpect: miracles\r\nContent-Length: 5\r\n\r\nhello"),
    ROW("too large a body on demand", "413!",
        POST "Expect: 100-continue\r\nContent-Length: 21\r\n\r\n"),
    ROW("a body that nobody wants on demand", "404!", "POST /none HTTP/1.1\r\n" HOST
        "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n" NEXT),

    SEEN("an upgrade", "101", UPGRADE("/up") "\r\n", "\r\n\r\n[GET /e/probe"),
    SEEN("an upgrade with data behind it", "101", UPGRADE("/up") "\r\n" NEXT, "\r\n\r\n[GET /e/next"),
    SEEN("an upgrade with a body and data behind it", "101",
         UPGRADE("/up") "Content-Length: 5\r\n\r\nhello" NEXT, "\r\n\r\n[GET /e/next"),
    SEEN("an upgrade with chunks and data behind it", "101",
         UPGRADE("/up") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" NEXT,
         "\r\n\r\n[GET /e/next"),
    ROW("an upgrade that is malformed", "400!", UPGRADE("/up") "A : b\r\n\r\n" NEXT),
    SEEN("an upgrade that is refused", "400!", UPGRADE("/up/no") "\r\n" NEXT, "no\r\n"),
    ROW("an upgrade that is answered", "200!", UPGRADE("/up/answer") "\r\n" NEXT),
    ROW("an upgrade that nobody takes", "200!", UPGRADE("/e") "\r\n" NEXT),
    ROW("an upgrade to nothing", "404!", UPGRADE("/none") "\r\n" NEXT),
    ROW("an upgrade to another protocol", "200 200",
        GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n" NEXT),
    ROW("an upgrade of HTTP/1.0", "200!",
        "GET /up HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" NEXT),
};

/* --- limits, at them and beyond --------------------------------------------------------------- */

#define A54 TEN("a") TEN("a") TEN("a") TEN("a") TEN("a") "aaaa"
#define A191 TEN(TEN("a")) TEN("a") TEN("a") TEN("a") TEN("a") TEN("a") TEN("a") TEN("a") TEN("a") \
    TEN("a") "a"
#define FOUR "A: b\r\nA: b\r\nA: b\r\nA: b\r\n"

static const row_t limit_rows[] = {
    ROW("a URL of 60", "200", "GET /e/" A54 "aaa HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a URL of 61", "414!", "GET /e/" A54 "aaaa HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a query of 60", "200", "GET /e?" A54 "aaa HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a query of 61", "414!", "GET /e?" A54 "aaaa HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a header of 191", "200", GET "A: " TEN(TEN("a")) TEN("a") TEN("a") TEN("a") TEN("a") TEN("a")
        TEN("a") TEN("a") TEN("a") "aaaaaa\r\n\r\n"),
    ROW("a header of 192", "431!", GET "A: " TEN(TEN("a")) TEN("a") TEN("a") TEN("a") TEN("a") TEN("a")
        TEN("a") TEN("a") TEN("a") "aaaaaaa\r\n\r\n"),
    ROW("a name beyond it", "431!", GET A191 ": b\r\n\r\n"),
    ROW("6 headers", "200", GET FOUR "C: d\r\n\r\n"),
    ROW("7 headers", "431!", GET FOUR "C: d\r\nC: d\r\n\r\n"),
    ROW("7 headers, the last name malformed", "431!", GET FOUR "C: d\r\nC d\r\n\r\n"),
    ROW("a malformed name beyond it", "431!", GET A191 "a :b\r\n\r\n"),
    ROW("a malformed length beyond it", "431!",
        GET "Content-Length: " TEN(TEN("0")) TEN(TEN("0")) "x\r\n\r\n"),
    ROW("a malformed host in a target beyond it", "414!",
        "GET http://" TEN("aaaaaaa") "\" HTTP/1.1\r\n" HOST "\r\n"),
    ROW("a body of 20", "200", POST "Content-Length: 20\r\n\r\n" TEN("b") TEN("b")),
    ROW("a body of 21", "413!", POST "Content-Length: 21\r\n\r\n" TEN("b") TEN("b") "b"),
    ROW("chunks of 20", "200", CHUNKS "a\r\n" TEN("b") "\r\na\r\n" TEN("b") "\r\n0\r\n\r\n"),
    ROW("chunks of 21", "413!", CHUNKS "a\r\n" TEN("b") "\r\nb\r\n" TEN("b") "b\r\n0\r\n\r\n"),
    ROW("chunks of 21, then a malformed size", "413!",
        CHUNKS "a\r\n" TEN("b") "\r\nb\r\n" TEN("b") "b\r\nx\r\n\r\n"),
    ROW("6 headers, the trailers among them", "200", CHUNKS "0\r\n" FOUR "\r\n"),
    ROW("7 of them", "431!", CHUNKS "0\r\n" FOUR "C: d\r\n\r\n"),
    ROW("trailers of 163 bytes", "200", CHUNKS "0\r\nA: " TEN(TEN("a")) TEN("a") TEN("a") TEN("a")
        TEN("a") TEN("a") "aaaaaaaa\r\n\r\n"),
    ROW("trailers of 164 bytes", "431!", CHUNKS "0\r\nA: " TEN(TEN("a")) TEN("a") TEN("a") TEN("a")
        TEN("a") TEN("a") "aaaaaaaaa\r\n\r\n"),
    ROW("extensions of 200 bytes", "200", CHUNKS "1;" A191 "aaaaaaaaa\r\nb\r\n0\r\n\r\n"),
    ROW("extensions of 201 bytes", "413!", CHUNKS "1;" A191 "aaaaaaaaaa\r\nb\r\n0\r\n\r\n"),
    ROW("extensions of as many in all", "413!",
        CHUNKS "1;" A191 "aaa\r\nb\r\n1;aaaaaaa\r\nb\r\n0\r\n\r\n"),
};

#endif

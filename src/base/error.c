#include <sio/error.h>
#include <uv.h>

/* Not uv_strerror and uv_err_name: they allocate, and leak, for a code they do not know. */

const char *sio_strerror(int code) {
    switch (code) {
    case 0:
        return "success";
#define SIO__CASE(name, value, text)                                                               \
    case SIO_##name:                                                                               \
        return text;
        SIO_ERROR_MAP(SIO__CASE)
#undef SIO__CASE
#define SIO__CASE(name, text)                                                                      \
    case UV_##name:                                                                                \
        return text;
        UV_ERRNO_MAP(SIO__CASE)
#undef SIO__CASE
    default:
        return "unknown error";
    }
}

const char *sio_err_name(int code) {
    switch (code) {
    case 0:
        return "SIO_OK";
#define SIO__CASE(name, value, text)                                                               \
    case SIO_##name:                                                                               \
        return "SIO_" #name;
        SIO_ERROR_MAP(SIO__CASE)
#undef SIO__CASE
#define SIO__CASE(name, text)                                                                      \
    case UV_##name:                                                                                \
        return #name;
        UV_ERRNO_MAP(SIO__CASE)
#undef SIO__CASE
    default:
        return "UNKNOWN";
    }
}

/* What cppcheck does not read: the verbs choose a function by the type of their first argument. */
#define _Generic(...) chosen
/* Names that libuv's headers have, which it does not look for. */
#define UV_ERRNO_MAP(name)

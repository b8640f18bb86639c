#include "args.h"

#include "fail.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static double parse_number(const char *option, const char *text) {
    char *end;

    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= 0) || value > 1e15)
        fail("%s: not a number: %s", option, text);
    return value;
}

static int parse_int(const char *option, const char *text, int least, int most) {
    double value = parse_number(option, text);

    if (value < least || value > most || value != (int) value)
        fail("%s: not a whole number from %d to %d: %s", option, least, most, text);
    return (int) value;
}

static void parse_option(args_t *args, const char *option, const char *value) {
    if (strcmp(option, "--port") == 0)
        args->port = (uint16_t) parse_int(option, value, 1, UINT16_MAX);
    else if (strcmp(option, "--pid") == 0)
        args->pid = parse_int(option, value, 1, INT_MAX);
    else if (strcmp(option, "--connections") == 0)
        args->connections = parse_int(option, value, 1, 1000000);
    else if (strcmp(option, "--depth") == 0)
        args->depth = parse_int(option, value, 1, 1000);
    else if (strcmp(option, "--size") == 0)
        args->size = parse_int(option, value, 1, 1 << 20);
    else if (strcmp(option, "--seconds") == 0)
        args->seconds = parse_number(option, value);
    else if (strcmp(option, "--warmup") == 0)
        args->warmup = parse_number(option, value);
    else if (strcmp(option, "--messages") == 0)
        args->messages = (int64_t) parse_number(option, value);
    else if (strcmp(option, "--rooms") == 0)
        args->rooms = parse_int(option, value, 1, 10000000);
    else if (strcmp(option, "--cycles") == 0)
        args->cycles = parse_int(option, value, 0, 1000);
    else if (strcmp(option, "--slow") == 0)
        args->slow = parse_int(option, value, 0, 1000000);
    else if (strcmp(option, "--window") == 0)
        args->window = parse_int(option, value, 1, 4096);
    else
        usage();
}

void args_parse(args_t *args, int argc, char **argv) {
    *args = (args_t){
        .depth = 1, .size = 64, .seconds = 0.5, .warmup = 0.1, .rooms = 1000, .window = 64};
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' && args->mode == NULL)
            args->mode = argv[i];
        else if (strcmp(argv[i], "--raw") == 0)
            args->raw = true;
        else if (i + 1 < argc && argv[i][0] == '-')
            parse_option(args, argv[i], argv[i + 1]), i++;
        else
            usage();
    }
    if (args->mode == NULL || args->port == 0 || args->pid == 0)
        usage();
}

/* The command line. */
#ifndef LOAD_ARGS_H
#define LOAD_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct args_s {
    const char *mode;
    uint16_t port;
    pid_t pid;
    int connections; /* 0: the mode's default */
    int depth;
    int size;
    double seconds;
    double warmup;
    int64_t messages; /* 0: measure for `seconds` */
    int rooms;
    int cycles;
    int slow;
    int window;
    bool raw;
} args_t;

/* Ends the program on a wrong command line. */
void args_parse(args_t *args, int argc, char **argv);
/* Explains the command line on stderr and ends the program; main.c has the text. */
_Noreturn void usage(void);

#endif

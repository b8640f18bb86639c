#include "server/sigpipe.h"

#ifdef _WIN32

void sio__sigpipe_ignore(void) {
}

#else

#include <signal.h>
#include <stddef.h>

void sio__sigpipe_ignore(void) {
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
        action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, NULL);
    }
}

#endif

#include "config.h"

#include <errno.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

static int fail(struct dante_config *config, const char *error) {
    config->error = error;
    return -1;
}

int dante_config_open(struct dante_config *config, const char *file) {
    *config = (struct dante_config){.file = file};
    config->stream = fopen(file, "r");
    return config->stream != NULL ? 0 : fail(config, strerror(errno));
}

void dante_config_close(struct dante_config *config) {
    if (config->stream != NULL)
        fclose(config->stream);
    config->stream = NULL;
}

/* Without the blanks around it. */
static char *trim(char *text) {
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

static int take_apart(struct dante_config *config, char *line) {
    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line)
        return fail(config, "not of the form: name = value");
    *equals = '\0';
    config->name = trim(line);
    config->value = trim(equals + 1);
    return 1;
}

/* Editors on Windows put a mark in front of UTF-8. */
static char *after_mark(char *text) {
    return strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
}

int dante_config_next(struct dante_config *config) {
    while (fgets(config->text, sizeof(config->text), config->stream) != NULL) {
        config->line++;
        if (strchr(config->text, '\n') == NULL && !feof(config->stream))
            return fail(config, "too long");
        char *line = trim(config->line == 1 ? after_mark(config->text) : config->text);
        if (line[0] != '\0' && line[0] != '#')
            return take_apart(config, line);
    }
    return ferror(config->stream) ? fail(config, strerror(errno)) : 0;
}

#include "rooms.h"

#include <stdlib.h>
#include <string.h>

struct room {
    struct room *next;
    struct user *users;
    char name[NAME_MAX_BYTES + 1];
};

const char *room_name(const struct room *room) {
    return room->name;
}

struct room *rooms_find(const struct rooms *rooms, const char *name) {
    struct room *room = rooms->first;
    while (room != NULL && strcmp(room->name, name) != 0)
        room = room->next;
    return room;
}

struct user *room_find(const struct room *room, const char *name) {
    struct user *user = room == NULL ? NULL : room->users;
    while (user != NULL && strcmp(user->name, name) != 0)
        user = user->next;
    return user;
}

int rooms_enter(struct rooms *rooms, struct user *user, const char *room_name, const char *name) {
    struct room *room = rooms_find(rooms, room_name);
    if (room == NULL) {
        room = calloc(1, sizeof(*room));
        if (room == NULL)
            return -1;
        strncpy(room->name, room_name, NAME_MAX_BYTES);
        room->next = rooms->first;
        rooms->first = room;
    }
    struct user **last = &room->users;
    while (*last != NULL)
        last = &(*last)->next;
    *last = user;
    strncpy(user->name, name, NAME_MAX_BYTES);
    user->name[NAME_MAX_BYTES] = '\0';
    user->room = room;
    user->next = NULL;
    return 0;
}

void rooms_leave(struct rooms *rooms, struct user *user) {
    struct room *room = user->room;
    struct user **at = &room->users;
    while (*at != user)
        at = &(*at)->next;
    *at = user->next;
    user->room = NULL;
    if (room->users != NULL)
        return;
    struct room **place = &rooms->first;
    while (*place != room)
        place = &(*place)->next;
    *place = room->next;
    free(room);
}

json_t *room_users(const struct room *room) {
    json_t *names = json_array();
    for (const struct user *user = room->users; user != NULL; user = user->next)
        json_array_append_new(names, json_string(user->name));
    return names;
}

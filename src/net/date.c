#include "net/date.h"
#include <string.h>

static const char day_names[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Days from 1970-01-01 to the first of March of `year`, for a year that begins in March, so
 * that the leap day is its last. */
static int64_t days_to_march(int64_t year) {
    return year * 365 + year / 4 - year / 100 + year / 400 - 719468;
}

/* Days from the first of March to the first of a month, March being 0. */
static int64_t days_to_month(int64_t month) {
    return (153 * month + 2) / 5;
}

static char *put_digits(char *at, int64_t value, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char) ('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

static char *put_text(char *at, const char *text) {
    size_t length = strlen(text);
    memcpy(at, text, length);
    return at + length;
}

void sio__date_format(char date[SIO__DATE_LENGTH + 1], int64_t seconds) {
    int64_t days = seconds / 86400, second = seconds % 86400;
    int64_t year = (days + 719468) * 400 / 146097;
    while (days_to_march(year) > days)
        year--;
    while (days_to_march(year + 1) <= days)
        year++;
    int64_t day = days - days_to_march(year), month = 11;
    while (days_to_month(month) > day)
        month--;
    day -= days_to_month(month);
    if (month >= 10)
        year++;

    char *at = put_text(date, day_names[days % 7]);
    at = put_digits(put_text(at, ", "), day + 1, 2);
    at = put_text(put_text(at, " "), month_names[(month + 2) % 12]);
    at = put_digits(put_text(at, " "), year, 4);
    at = put_digits(put_text(at, " "), second / 3600, 2);
    at = put_digits(put_text(at, ":"), second / 60 % 60, 2);
    at = put_digits(put_text(at, ":"), second % 60, 2);
    at = put_text(at, " GMT");
    *at = '\0';
}

/* The number that `digits` digits at `at` make; -1 if they are not digits. */
static int get_digits(const char *at, int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (at[i] < '0' || at[i] > '9')
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

int sio__date_parse(const char *date, int64_t *seconds) {
    if (strlen(date) != SIO__DATE_LENGTH || strcmp(date + 25, " GMT") != 0)
        return 0;
    int day = get_digits(date + 5, 2), year = get_digits(date + 12, 4);
    int hour = get_digits(date + 17, 2), minute = get_digits(date + 20, 2);
    int second = get_digits(date + 23, 2), month = -1;
    for (int i = 0; i < 12; i++)
        if (memcmp(date + 8, month_names[i], 3) == 0)
            month = i;
    if (month < 0 || day < 1 || day > 31 || year < 1970 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 60)
        return 0;
    int64_t days = days_to_march(month < 2 ? year - 1 : year) + days_to_month((month + 10) % 12);
    *seconds = (days + day - 1) * 86400 + hour * 3600L + minute * 60L + second;
    return 1;
}

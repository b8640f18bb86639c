#include "sio/number.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- writing --------------------------------------------------------------------------------- */

enum {
    LIMBS = 40,     /* 2^1077 (ten to the 324th, twice) times ten, with room */
    DIGITS = 17,    /* what a double may need */
    FEW_DIGITS = 15 /* so many survive a double: one such decimal at most reads back as it */
};

/* A natural number: `count` limbs, the lowest first, the highest not 0. */
typedef struct {
    uint32_t limbs[LIMBS];
    unsigned count;
} big_t;

/* 0.d1d2d3… times ten to the `point`. */
typedef struct {
    char digits[DIGITS + 3];
    int count;
    int point;
} decimal_t;

static void big_set(big_t *a, uint64_t value) {
    a->limbs[0] = (uint32_t) value;
    a->limbs[1] = (uint32_t) (value >> 32);
    a->count = a->limbs[1] != 0 ? 2 : a->limbs[0] != 0 ? 1 : 0;
}

static void big_multiply(big_t *a, uint32_t factor) {
    uint64_t carry = 0;
    for (unsigned i = 0; i < a->count; i++) {
        carry += (uint64_t) a->limbs[i] * factor;
        a->limbs[i] = (uint32_t) carry;
        carry >>= 32;
    }
    if (carry != 0)
        a->limbs[a->count++] = (uint32_t) carry;
}

static void big_multiply_ten(big_t *a, int power) {
    for (; power >= 9; power -= 9)
        big_multiply(a, 1000000000);
    uint32_t rest = 1;
    while (power-- > 0)
        rest *= 10;
    big_multiply(a, rest);
}

static void big_shift(big_t *a, int bits) {
    unsigned whole = (unsigned) bits / 32;
    if (a->count == 0)
        return;
    if (whole > 0) {
        memmove(a->limbs + whole, a->limbs, a->count * sizeof(a->limbs[0]));
        memset(a->limbs, 0, whole * sizeof(a->limbs[0]));
        a->count += whole;
    }
    big_multiply(a, UINT32_C(1) << bits % 32);
}

static int big_compare(const big_t *a, const big_t *b) {
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (unsigned i = a->count; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

/* a += b */
static void big_add(big_t *a, const big_t *b) {
    uint64_t carry = 0;
    for (unsigned i = 0; i < b->count || carry != 0; i++) {
        if (i == a->count)
            a->limbs[a->count++] = 0;
        carry += a->limbs[i];
        if (i < b->count)
            carry += b->limbs[i];
        a->limbs[i] = (uint32_t) carry;
        carry >>= 32;
    }
}

/* a -= b, which is not greater */
static void big_subtract(big_t *a, const big_t *b) {
    uint64_t borrow = 0;
    for (unsigned i = 0; i < a->count; i++) {
        uint64_t take = borrow + (i < b->count ? b->limbs[i] : 0);
        borrow = a->limbs[i] < take;
        a->limbs[i] = (uint32_t) (a->limbs[i] - take);
    }
    while (a->count > 0 && a->limbs[a->count - 1] == 0)
        a->count--;
}

/* The sign of a + b - c. */
static int big_compare_sum(const big_t *a, const big_t *b, const big_t *c) {
    big_t sum;
    sum.count = a->count;
    memcpy(sum.limbs, a->limbs, a->count * sizeof(a->limbs[0]));
    big_add(&sum, b);
    return big_compare(&sum, c);
}

/*
 * What generating digits works on: the value is `rest` / `unit`; half the gap to the next
 * double above is `above` / `unit`, to the one below `below` / `unit`. The gaps' ends read back
 * as the value if its last bit is even.
 */
typedef struct {
    big_t rest, unit, above, below;
    int even;
} gap_t;

static void gap_init(gap_t *gap, uint64_t mantissa, int exponent, int narrow_below) {
    /* Twice (four times) everything, so that the half gaps are whole numbers. */
    int up = exponent > 0 ? exponent : 0, down = exponent < 0 ? -exponent : 0;
    gap->even = (mantissa & 1) == 0;
    big_set(&gap->rest, mantissa);
    big_shift(&gap->rest, up + 1 + narrow_below);
    big_set(&gap->unit, 1);
    big_shift(&gap->unit, down + 1 + narrow_below);
    big_set(&gap->above, 1);
    big_shift(&gap->above, up + narrow_below);
    big_set(&gap->below, 1);
    big_shift(&gap->below, up);
}

/* Scales to 0.1 <= (value + half gap) < 1 and returns the power of ten taken out. */
static int gap_scale(gap_t *gap, double value) {
    int power = (int) ceil(log10(value) - 1e-10);
    if (power >= 0) {
        big_multiply_ten(&gap->unit, power);
    } else {
        big_multiply_ten(&gap->rest, -power);
        big_multiply_ten(&gap->above, -power);
        big_multiply_ten(&gap->below, -power);
    }
    /* The estimate is right or one too low. */
    if (big_compare_sum(&gap->rest, &gap->above, &gap->unit) >= (gap->even ? 0 : 1)) {
        big_multiply(&gap->unit, 10);
        power++;
    }
    return power;
}

/* The shortest digits within the gaps, the nearest of these (Steele and White 1990, exact
 * arithmetic). */
static void gap_digits(gap_t *gap, decimal_t *decimal) {
    for (;;) {
        int digit = 0;
        big_multiply(&gap->rest, 10);
        big_multiply(&gap->above, 10);
        big_multiply(&gap->below, 10);
        while (big_compare(&gap->rest, &gap->unit) >= 0) {
            big_subtract(&gap->rest, &gap->unit);
            digit++;
        }
        int low = big_compare(&gap->rest, &gap->below) < (gap->even ? 1 : 0);
        int high = big_compare_sum(&gap->rest, &gap->above, &gap->unit) >= (gap->even ? 0 : 1);
        if (low || high) {
            if (low && high) {
                int half = big_compare_sum(&gap->rest, &gap->rest, &gap->unit);
                high = half > 0 || (half == 0 && (digit & 1));
            }
            /* Never a carry: with ten, one digit less would have done. */
            decimal->digits[decimal->count++] = (char) ('0' + digit + high);
            return;
        }
        decimal->digits[decimal->count++] = (char) ('0' + digit);
    }
}

/* Nonzero where arithmetic rounds to double each time (x87 does not): what the short ways rest
 * on. */
enum { ROUNDS = FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1 };

/* Exact powers of ten. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static void put_integer(decimal_t *decimal, uint64_t value) {
    char digits[20];
    int at = (int) sizeof(digits), zeros = 0;
    while (value % 10 == 0) {
        value /= 10;
        zeros++;
    }
    for (; value != 0; value /= 10)
        digits[--at] = (char) ('0' + value % 10);
    decimal->count = (int) sizeof(digits) - at;
    decimal->point = decimal->count + zeros;
    memcpy(decimal->digits, digits + at, (size_t) decimal->count);
}

/* Nearly all numbers of this world: at most 15 digits. Zero if it is not one of them. */
static int few_digits(decimal_t *decimal, double value, int binary) {
    int shift;
    if (value < 1e15 && value == floor(value)) {
        put_integer(decimal, (uint64_t) value);
        return 1;
    }
    /* value * 10^shift has 15 digits or, where the estimate is off, 14 or 16 */
    shift = FEW_DIGITS - 1 - (int) floor(binary * 0.30102999566398120);
    if (!ROUNDS || shift < 0 || shift > 22)
        return 0;
    if (value * powers[shift] >= 1e15 && shift-- == 0)
        return 0;
    double scaled = floor(value * powers[shift] + 0.5);
    /* One rounding of two exact numbers: what reading the decimal does. */
    if (scaled >= 1e15 || scaled / powers[shift] != value)
        return 0;
    put_integer(decimal, (uint64_t) scaled);
    decimal->point -= shift;
    return 1;
}

static void all_digits(decimal_t *decimal, double value, uint64_t bits) {
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    int exponent = (int) (bits >> 52);
    gap_t gap;
    /* Below a power of two the doubles are twice as dense (but not at the denormals' end). */
    int narrow_below = mantissa == 0 && exponent > 1;
    if (exponent > 0)
        mantissa |= UINT64_C(1) << 52;
    else
        exponent = 1;
    gap_init(&gap, mantissa, exponent - 1075, narrow_below);
    decimal->count = 0;
    decimal->point = gap_scale(&gap, value);
    gap_digits(&gap, decimal);
}

static char *put(char *out, const char *text, int length) {
    memcpy(out, text, (size_t) length);
    return out + length;
}

static char *put_zeros(char *out, int count) {
    while (count-- > 0)
        *out++ = '0';
    return out;
}

/* ECMA-262, Number::toString. */
static char *layout(char *out, const decimal_t *decimal) {
    int count = decimal->count, point = decimal->point;
    if (point > 0 && point <= 21) {
        if (count <= point)
            return put_zeros(put(out, decimal->digits, count), point - count);
        out = put(out, decimal->digits, point);
        *out++ = '.';
        return put(out, decimal->digits + point, count - point);
    }
    if (point > -6 && point <= 0) {
        out = put_zeros(put(out, "0.", 2), -point);
        return put(out, decimal->digits, count);
    }
    *out++ = decimal->digits[0];
    if (count > 1) {
        *out++ = '.';
        out = put(out, decimal->digits + 1, count - 1);
    }
    int exponent = point - 1;
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    if (exponent < 0)
        exponent = -exponent;
    if (exponent >= 100)
        *out++ = (char) ('0' + exponent / 100);
    if (exponent >= 10)
        *out++ = (char) ('0' + exponent / 10 % 10);
    *out++ = (char) ('0' + exponent % 10);
    return out;
}

size_t sio__number_write(char out[SIO__NUMBER_ROOM], double value) {
    decimal_t decimal;
    uint64_t bits;
    char *at = out;
    if (!isfinite(value))
        return (size_t) (put(out, "null", 4) - out);
    if (value == 0)
        return (size_t) (put(out, "0", 1) - out);
    if (value < 0) {
        *at++ = '-';
        value = -value;
    }
    memcpy(&bits, &value, sizeof(bits));
    if (!few_digits(&decimal, value, (int) (bits >> 52) - 1023))
        all_digits(&decimal, value, bits);
    return (size_t) (layout(at, &decimal) - out);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A number taken apart: digits (with a point among them) and the power of ten they are
 * multiplied with. */
typedef struct {
    int negative;
    const char *digits;   /* from the first that is not 0 */
    size_t count;         /* to the last that is not 0; the point not counted */
    int64_t exponent;     /* of the last of them */
} parts_t;

/* The exponent behind the e, held within bounds that no text reaches by its digits. */
static int64_t read_exponent(const char *at, const char *end) {
    int negative = *at == '-';
    int64_t value = 0;
    if (*at == '-' || *at == '+')
        at++;
    for (; at < end; at++)
        if (value < INT64_C(1) << 40)
            value = value * 10 + (*at - '0');
    return negative ? -value : value;
}

static void take_apart(parts_t *parts, const char *text, size_t length) {
    const char *at = text, *end = text + length;
    int64_t seen = 0;   /* digits from the first that counts on */
    int64_t point = -1; /* how many of them are before the point */
    parts->negative = *at == '-';
    at += parts->negative;
    parts->count = 0;
    parts->digits = NULL;
    parts->exponent = 0;
    int64_t lead = 0; /* zeros of the fraction before the first digit that counts */
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            point = seen;
            continue;
        }
        if (parts->digits == NULL) {
            if (*at == '0') {
                lead += point >= 0;
                continue;
            }
            parts->digits = at;
        }
        seen++;
        if (*at != '0')
            parts->count = (size_t) seen;
    }
    if (parts->digits == NULL)
        return;
    if (point < 0)
        point = seen;
    parts->exponent = point - lead - (int64_t) parts->count;
    if (at < end)
        parts->exponent += read_exponent(at + 1, end);
}

/* The next digit at *at, over the point. */
static unsigned next_digit(const char **at) {
    if (**at == '.')
        ++*at;
    return (unsigned) (*(*at)++ - '0');
}

int sio__number_read_int(const char *text, size_t length, int64_t *value) {
    parts_t parts;
    uint64_t sum = 0, limit;
    take_apart(&parts, text, length);
    if (parts.count > 0 && parts.exponent < 0)
        return SIO_ETYPE;
    if (parts.count > 19 || parts.exponent > 19 || (int64_t) parts.count + parts.exponent > 19)
        return SIO_ERANGE;
    const char *at = parts.digits;
    for (size_t i = 0; i < parts.count; i++)
        sum = sum * 10 + next_digit(&at);
    for (int64_t i = 0; i < parts.exponent; i++)
        sum *= 10;
    limit = (uint64_t) INT64_MAX + (unsigned) parts.negative;
    if (sum > limit)
        return SIO_ERANGE;
    *value = !parts.negative ? (int64_t) sum : sum == limit ? INT64_MIN : -(int64_t) sum;
    return 0;
}

/* Without a point there is nothing for a locale to change, so strtod can do what is difficult. */
static double read_slowly(const parts_t *parts) {
    enum { SIGNIFICANT = 770 }; /* more than 767 never matter, except for not being zero */
    char text[SIGNIFICANT + 32], *out = text;
    const char *at = parts->digits;
    int64_t exponent = parts->exponent;
    size_t used = parts->count < SIGNIFICANT ? parts->count : SIGNIFICANT;
    for (size_t i = 0; i < used; i++)
        *out++ = (char) ('0' + next_digit(&at));
    if (parts->count > used) {
        out[-1] = '1'; /* the last digit of all is not 0 */
        exponent += (int64_t) (parts->count - used);
    }
    if (exponent > 99999)
        exponent = 99999;
    if (exponent < -99999)
        exponent = -99999;
    *out++ = 'e';
    if (exponent < 0) {
        *out++ = '-';
        exponent = -exponent;
    }
    for (int64_t unit = 10000; unit > 0; unit /= 10)
        *out++ = (char) ('0' + exponent / unit % 10);
    *out = '\0';
    int saved = errno;
    double value = strtod(text, NULL);
    errno = saved;
    return value > DBL_MAX ? DBL_MAX : value;
}

double sio__number_read(const char *text, size_t length) {
    parts_t parts;
    double value = 0;
    take_apart(&parts, text, length);
    if (parts.count == 0) {
        value = 0;
    } else if (ROUNDS && parts.count <= FEW_DIGITS && parts.exponent >= -22 &&
               parts.exponent <= 22) {
        const char *at = parts.digits;
        uint64_t sum = 0;
        for (size_t i = 0; i < parts.count; i++)
            sum = sum * 10 + next_digit(&at);
        /* Two exact numbers, one rounding. */
        value = parts.exponent < 0 ? (double) sum / powers[-parts.exponent]
                                   : (double) sum * powers[parts.exponent];
    } else {
        value = read_slowly(&parts);
    }
    return parts.negative ? -value : value;
}

int sio__number_plain(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] == '.' || text[i] == 'e' || text[i] == 'E')
            return 0;
    return 1;
}

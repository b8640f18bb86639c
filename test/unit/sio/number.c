/* Numbers: what Node 20 prints for the same bits, and reading all spellings back. */
#include "sio/number.h"
#include "codec.h"
#include <float.h>
#include <locale.h>
#include <math.h>

static const struct {
    uint64_t bits;
    const char *text;
} printed[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x3ff0000000000000, "1"},
    {0xbff0000000000000, "-1"},
    {0x4014000000000000, "5"},
    {0x4024000000000000, "10"},
    {0x4059000000000000, "100"},
    {0x40f86a0000000000, "100000"},
    {0x419d6f3454000000, "123456789"},
    {0x430c6bf526340000, "1000000000000000"},
    {0x4341c37937e08000, "10000000000000000"},
    {0x430c6bf52633fff8, "999999999999999"},
    {0x433fffffffffffff, "9007199254740991"},
    {0x4340000000000000, "9007199254740992"},
    {0x4340000000000001, "9007199254740994"},
    {0x4358000000000000, "27021597764222976"},
    {0x4415af1d78b58c40, "100000000000000000000"},
    {0x441ac53a7e04bcda, "123456789012345680000"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x4454542ba12a337c, "1.5e+21"},
    {0x4480f0cf064dd592, "1e+22"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x44b41df5d77c6d9d, "9.5e+22"},
    {0x54b249ad2594c37d, "1e+100"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x3fb999999999999a, "0.1"},
    {0x3fc999999999999a, "0.2"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0x3fe0000000000000, "0.5"},
    {0x3ff8000000000000, "1.5"},
    {0xc002000000000000, "-2.25"},
    {0x40091eb851eb851f, "3.14"},
    {0x400921fb54442d18, "3.141592653589793"},
    {0x4005bf0a8b145769, "2.718281828459045"},
    {0x3fd5555555555555, "0.3333333333333333"},
    {0x3fe5555555555555, "0.6666666666666666"},
    {0x4040aaaaaaaaaaab, "33.333333333333336"},
    {0x3fb999999999999a, "0.1"},
    {0x3ee4f8b588e368f1, "0.00001"},
    {0x3eb0c6f7a0b5ed8d, "0.000001"},
    {0x3eb92a737110e454, "0.0000015"},
    {0x3eb4b3fd5942cd96, "0.000001234"},
    {0x3e7ad7f29abcaf48, "1e-7"},
    {0x3e8421f5f40d8376, "1.5e-7"},
    {0x3de0f7bf18a2b62c, "1.234567e-10"},
    {0x0000000000000001, "5e-324"},
    {0x0000000000000002, "1e-323"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x000fffffffffffff, "2.225073858507201e-308"},
    {0x4011666666666666, "4.35"},
    {0x3f50624dd2f1a9fc, "0.001"},
    {0x4058ff5c28f5c28f, "99.99"},
    {0x4033fd70a3d70a3d, "19.99"},
    {0x40934a456d5cfaad, "1234.5678"},
    {0x3fbf9add3746f659, "0.1234567890123456"},
    {0x40fe240c9fcb68c8, "123456.7890123456"},
    {0x432ff973cafa8000, "4500000000000000"},
    {0x432fffffffffffff, "4503599627370495.5"},
    {0x4330000000000002, "4503599627370498"},
    {0x3f201f31f46ed246, "0.000123"},
    {0x3f1a36e2eb1c432d, "0.0001"},
    {0x4370000000000000, "72057594037927940"},
    {0x43e0000000000000, "9223372036854776000"},
    {0x43f0000000000000, "18446744073709552000"},
    {0x3d30000000000000, "5.684341886080802e-14"},
    {0x3d30000000000000, "5.684341886080802e-14"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x7fe0000000000000, "8.98846567431158e+307"},
    {0x43b0000000000000, "1152921504606847000"},
    {0x4450000000000000, "1.1805916207174113e+21"},
    {0x3eb0000000000000, "9.5367431640625e-7"},
    {0x0000000000000001, "5e-324"},
    {0x0000000000000016, "1.1e-322"},
    {0x44dfe185ca57c517, "6.02214076e+23"},
    {0x3c07a4da290c1653, "1.602176634e-19"},
    {0x390b860bde023111, "6.62607015e-34"},
    {0x41b1de784a000000, "299792458"},
    {0x447c7e83209e90b2, "8.41e+21"},
    {0x445b217c60deaba0, "2.0019e+21"},
    {0x4340000000000000, "9007199254740992"},
    {0x3e080d43de9cc603, "7e-10"},
    {0x7fb9a2028368022e, "1.8e+307"},
    {0x3f0a36e2eb1c432d, "0.00005"},
    {0x3f0cd5f99c38b04b, "0.000055"},
    {0x4045800000000001, "43.00000000000001"},
    {0x3fb1eb851eb851ec, "0.07"},
    {0x3ff0147ae147ae14, "1.005"},
    {0x7c2485ce9e7a065f, "1e+290"},
    {0xbeb0c6f7a0b5ed8d, "-0.000001"},
    {0xbe7ad7f29abcaf48, "-1e-7"},
    {0xc44b1ae4d6e2ef50, "-1e+21"},
    {0xc05edd2f1a9fbe77, "-123.456"},
    {0x4278bcfe56800000, "1700000000000"},
    {0x4278bcfe568001f8, "1700000000000.123"},
    {0x80bc04fcde937800, "-3.9901068942950425e-305"},
    {0xfbd9d8005d3e3840, "-3.9352423928723734e+288"},
    {0xdce3410096718900, "-2.866071792458834e+139"},
    {0xd3a6910089999c80, "-9.414368889812428e+94"},
    {0x51b29100b30a3800, "3.60684005937064e+85"},
    {0x20b5184095e12100, "4.0276921590727314e-151"},
    {0x68a3a9008444b100, "1.148138641832937e+196"},
    {0x5d8b1900c7c38100, "4.1304739397251156e+142"},
    {0x0028ec002012ef80, "6.931627102660699e-308"},
    {0xc2ccf400dc337400, "-63668624058088"},
    {0x00521f80f6cde900, "4.032515057042334e-307"},
    {0xe5767100bd76d900, "-5.820063217639182e+180"},
    {0x9d12248083c45980, "-1.2018260873240263e-168"},
    {0x939b470052e35f00, "-3.1650840787621808e-214"},
    {0x13d6d7006cddcf00, "4.2402975258499737e-213"},
    {0x5178cf70aa03d280, "3.0123889384473305e+84"},
    {0x6aa1a87071131800, "4.429020855612193e+205"},
    {0xf0f95380e546d500, "-1.6105210372627687e+236"},
    {0xc4878d0043b86538, "-1.39019298852454e+22"},
    {0x33b8c5008cbe9d00, "1.5414122359927632e-59"},
    {0x06d3d50071ec8d40, "8.950170883117472e-276"},
    {0xa6052e0052443e38, "-1.5644131767401357e-125"},
    {0x950d06009a3ff600, "-2.82502296242148e-207"},
    {0x2d25a600c1c7d600, "3.321070617696476e-91"},
    {0x7864c640c22b6b00, "8.780012360748705e+271"},
    {0xcacbb3006180db40, "-2.0727020569421393e+52"},
    {0x0941c84012f26a80, "4.411842278610331e-264"},
    {0x217ce0005ae80040, "2.2582093836550425e-147"},
    {0x5fa329002b0d3138, "5.017494713146097e+152"},
    {0xdc9a3100b4f39900, "-1.2183639133193991e+138"},
    {0xf960bc004e107c00, "-4.635063092577851e+276"},
    {0x02b61470f2628400, "1.3504557379296752e-295"},
    {0x927d8400d2548400, "-1.3064576684207726e-219"},
    {0xbe1384008a9aef80, "-1.135959363397835e-9"},
    {0x95875c8005ad7e00, "-5.821172877787675e-205"},
    {0x6b288e0014b9de00, "1.5766723604523576e+208"},
    {0x5be3ae40a198c300, "4.470211175414691e+134"},
    {0xed1e4b00e4221300, "-4.1771389160677607e+217"},
    {0x470dfb005347a340, "1.945843993523588e+34"},
    {0x5943a000aa3b2870, "1.0135336011683535e+122"},
    {0x0809984010e69ac0, "6.055979681174624e-270"},
    {0x9ff5f9009e83e100, "-1.0242476721889e-154"},
    {0x0bb3e940c4e44a00, "2.71581302876216e-252"},
    {0x690cda4026f8a700, "1.0783785511996557e+198"},
    {0x266e9040e8545900, "1.4448233136346785e-123"},
    {0x1d50fc0026c4bc00, "1.8001639019058786e-167"},
    {0x0a8c7c00f97d3c00, "7.410382851595654e-258"},
    {0xe693fc0054ffbc00, "-1.358651330063296e+186"},
    {0xc711c7801e04e400, "-2.307884915037082e+34"},
    {0x584c7000e28ad000, "2.2409901665081136e+117"},
    {0xbf89300058701000, "-0.012298586558252111"},
    {0xbf26f00099f95000, "-0.00017499930707975953"},
    {0xae0ab000c0399000, "-6.707788190773378e-87"},
    {0x3949704011dbf900, "9.798545160291014e-33"},
    {0xfdd5ee005a04f380, "-1.4341952306158695e+298"},
    {0x591d7540315e2600, "1.9016986170226537e+121"},
    {0xc9625600f36c4600, "-3.271243149826187e+45"},
    {0xd9cfb6002aeb6600, "-4.192541240284984e+124"},
    {0xc913160085bb0600, "-1.064077017052463e+44"},
    {0xb669698055915738, "-1.391013944898151e-46"},
    {0x3fd2709c80000000, "0.2881232500076294"},
    {0x3fea50dd40000000, "0.8223711252212524"},
    {0x3fe757c040000000, "0.7294617891311646"},
    {0x3fee706740000000, "0.9512211084365845"},
    {0x3fe0d18240000000, "0.525574803352356"},
    {0x3fec640140000000, "0.8872076272964478"},
    {0x3fc9d85100000000, "0.2019139528274536"},
    {0x3fbf915a80000000, "0.12331166863441467"},
    {0x3fccbb7480000000, "0.22447067499160767"},
    {0x3fed13f2b0000000, "0.9086850583553314"},
    {0x3fe9900100000000, "0.7988286018371582"},
    {0x3fd13cf200000000, "0.2693448066711426"},
    {0x3fd4af2200000000, "0.32318925857543945"},
    {0x3feb76c900000000, "0.8582501411437988"},
    {0x3fe8d1a100000000, "0.7755894660949707"},
    {0x3fe64f9900000000, "0.6972165107727051"},
    {0x3fe6823100000000, "0.703392505645752"},
    {0x3fc973a400000000, "0.19884157180786133"},
    {0x3fea8d4110000000, "0.8297429382801056"},
    {0x3fea579fc0000000, "0.823196291923523"},
};

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void assert_written(double value, const char *expected) {
    char *out = malloc(SIO__NUMBER_ROOM);
    assert_non_null(out);
    assert_text(out, sio__number_write(out, value), expected);
    free(out);
}

static double read_double(const char *text) {
    char *block = exact(text, strlen(text));
    double value = sio__number_read(block, strlen(text));
    free(block);
    return value;
}

static void prints_as_javascript(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++)
        assert_written(from_bits(printed[i].bits), printed[i].text);
    assert_written((double) NAN, "null");
    assert_written((double) INFINITY, "null");
    assert_written((double) -INFINITY, "null");
}

static void reads_what_it_prints(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++)
        assert_true(read_double(printed[i].text) == from_bits(printed[i].bits));

    uint64_t bits = UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < 20000; i++) {
        char text[SIO__NUMBER_ROOM];
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double value = from_bits(bits);
        if (!isfinite(value))
            continue;
        size_t length = sio__number_write(text, value);
        assert_true(length < SIO__NUMBER_ROOM);
        assert_true(sio__number_read(text, length) == value);
    }
}

static void reads_any_spelling(void **state) {
    (void) state;
    assert_true(read_double("0") == 0 && !signbit(read_double("0")));
    assert_true(signbit(read_double("-0")));
    assert_true(read_double("1.50") == 1.5);
    assert_true(read_double("150e-2") == 1.5);
    assert_true(read_double("0.0015E+3") == 1.5);
    assert_true(read_double("-12") == -12);
    assert_true(read_double("9007199254740993") == 9007199254740992.0);
    assert_true(read_double("9007199254740993.00000000000000000000000001") == 9007199254740994.0);
    assert_true(read_double("2.4703282292062327e-324") == 0);
    assert_true(read_double("2.4703282292062328e-324") > 0);
    assert_true(read_double("1e-99999999999999999999") == 0);
    assert_true(read_double("0e99999999999999999999") == 0);
    assert_true(read_double("1e400") == DBL_MAX);
    assert_true(read_double("-1e99999999999999999999") == -DBL_MAX);
}

/* Half-way between two doubles, decided by a digit far behind. */
static void reads_very_long_numbers(void **state) {
    (void) state;
    enum { LENGTH = 5000 };
    char text[LENGTH];
    memcpy(text, "1.", 2);
    memset(text + 2, '0', LENGTH - 2);
    assert_true(sio__number_read(text, LENGTH) == 1);
    /* 1 + 2^-53 */
    static const char half[] = "1.00000000000000011102230246251565404236316680908203125";
    memcpy(text, half, sizeof(half) - 1);
    assert_true(sio__number_read(text, LENGTH) == 1);
    text[LENGTH - 1] = '1';
    assert_true(sio__number_read(text, LENGTH) == 1 + DBL_EPSILON);
}

static int read_int(const char *text, int64_t *value) {
    char *block = exact(text, strlen(text));
    int rc = sio__number_read_int(block, strlen(text), value);
    free(block);
    return rc;
}

static void reads_integers(void **state) {
    (void) state;
    static const struct {
        const char *text;
        int64_t value;
    } integers[] = {
        {"0", 0}, {"-0", 0}, {"0.000", 0}, {"0e5", 0}, {"-0.0e-99999999999999999999", 0},
        {"7", 7}, {"-7", -7}, {"1.0", 1}, {"1e2", 100}, {"1.5e1", 15}, {"1500e-2", 15},
        {"12.340e2", 1234}, {"-1E+3", -1000}, {"9007199254740993", INT64_C(9007199254740993)},
        {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN},
        {"922337203685477580.7e1", INT64_MAX}, {"1e18", INT64_C(1000000000000000000)},
    };
    int64_t value = 42;
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        assert_int_equal(read_int(integers[i].text, &value), 0);
        assert_true(value == integers[i].value);
    }
    static const char *const fractions[] = {"0.5", "1.00000000000000000000001", "1e-1", "15e-2",
                                            "1e-99999999999999999999"};
    value = 42;
    for (size_t i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++)
        assert_int_equal(read_int(fractions[i], &value), SIO_ETYPE);
    static const char *const large[] = {
        "9223372036854775808",  "-9223372036854775809", "1e19",  "2e19",
        "18446744073709551617", "99999999999999999999", "1e400", "1e99999999999999999999"};
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
        assert_int_equal(read_int(large[i], &value), SIO_ERANGE);
    assert_true(value == 42);
}

static void knows_plain_spelling(void **state) {
    (void) state;
    assert_true(sio__number_plain(TEXT("-123")));
    assert_false(sio__number_plain(TEXT("1.0")));
    assert_false(sio__number_plain(TEXT("1e2")));
    assert_false(sio__number_plain(TEXT("1E2")));
}

/* A decimal comma changes nothing. Where no such locale is installed this repeats the plain
 * case. */
static void is_independent_of_the_locale(void **state) {
    (void) state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE",
                                        "German"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (setlocale(LC_ALL, names[i]) != NULL)
            break;
    assert_written(1.5, "1.5");
    assert_written(0.30000000000000004, "0.30000000000000004");
    assert_true(read_double("0.30000000000000004") == 0.30000000000000004);
    setlocale(LC_ALL, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_javascript),
        cmocka_unit_test(reads_what_it_prints),
        cmocka_unit_test(reads_any_spelling),
        cmocka_unit_test(reads_very_long_numbers),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(knows_plain_spelling),
        cmocka_unit_test(is_independent_of_the_locale),
    };
    return cmocka_run_group_tests_name("sio number", tests, NULL, NULL);
}

/**
 * @file
 * Symbol visibility and compiler hints.
 */
#ifndef SIO_EXPORT_H
#define SIO_EXPORT_H

#if defined(_WIN32) && !defined(SIO_STATIC)
#ifdef SIO_BUILDING
#define SIO_API __declspec(dllexport)
#else
#define SIO_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define SIO_API __attribute__((visibility("default")))
#else
#define SIO_API
#endif

#ifdef __cplusplus
#define SIO_BEGIN_DECLS extern "C" {
#define SIO_END_DECLS }
#else
#define SIO_BEGIN_DECLS
#define SIO_END_DECLS
#endif

#endif

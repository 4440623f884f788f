# make-cert: the only program that makes a key pair.
EXTRA_PROGRAMS += make-cert
make-cert_SRCS := tools/make-cert/make_cert.c
make-cert_PKGS := libcrypto

# Hearth in two commands: `make up` brings up a region on this machine, `make test` checks the whole house.
# Both install what they need, run as root or through sudo, and may be run again and again.

SHELL := /bin/bash

# Through sudo, everything built belongs to root's own cache, but the toolchain may be the caller's.
ifneq ($(SUDO_USER),)
CALLER_HOME := $(shell getent passwd "$(SUDO_USER)" | cut -d: -f6)
export HOME := $(shell getent passwd "$$(id -u)" | cut -d: -f6)
ifneq ($(wildcard $(CALLER_HOME)/.rustup),)
export RUSTUP_HOME ?= $(CALLER_HOME)/.rustup
endif
export PATH := $(CALLER_HOME)/.cargo/bin:$(PATH)
endif
export PATH := $(HOME)/.cargo/bin:$(PATH)

# The one place where the build is set up: nothing is built inside the checkout, C++ is compiled once per machine, and
# every target uses the dev profile, so nothing is built twice.
export HEARTH_CACHE ?= $(HOME)/.cache/hearth
export CARGO_TARGET_DIR ?= $(HEARTH_CACHE)/target
export CCACHE_DIR ?= $(HEARTH_CACHE)/ccache
export CCACHE_MAXSIZE ?= 2G
export CCACHE_NOHASHDIR = 1
export CC = ccache cc
export CXX = ccache c++

# Namespaces, mounts and cgroups need root; building does not.
ifneq ($(shell id -u),0)
SUDO := sudo --preserve-env
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER = $(SUDO)
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER = $(SUDO)
endif

.PHONY: help setup build up down install uninstall deb container test fuzz coverage check fmt bench-agent bench-aws bench-dns bench-health bench-policy bench-store

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: ## Install the packages and Python clients that building and proving need
	@.ci/setup

build: setup ## Build the programs
	cargo build -p cli -p agent-shim

up: build ## Bring up a region on this machine, apply the two-tier example and prove that it works
	@$(SUDO) manifests/homelab/up

down: ## Stop the region of `make up` and remove every trace of it
	@$(SUDO) manifests/homelab/down

install: setup ## Install programs and systemd units on this machine
	cargo build --release -p cli -p agent-shim
	@$(SUDO) manifests/homelab/install $(CARGO_TARGET_DIR)/release

uninstall: ## Remove what `make install` installed; ARGS=--purge takes settings and data too
	@$(SUDO) manifests/homelab/uninstall $(ARGS)

deb: setup ## Build the Debian package
	cargo build --release -p cli -p agent-shim
	@.ci/deb $(ARGS)

container: setup ## Build the container image localhost/hearth:latest
	cargo build --release -p cli -p agent-shim
	@$(SUDO) manifests/container/build $(CARGO_TARGET_DIR)/release localhost/hearth:latest

# Tests start the programs, so those are built first: with everything else, since by themselves they would be built with other
# features of their dependencies, and those with them.
test: check ## Check form, rules and licences, then run every test and a little fuzzing
	cargo build --workspace --all-targets
	cargo test --workspace
	@tests/fuzz/run

fuzz: setup ## Fuzz what reads bytes from outside; ARGS="-runs=10000000 head" for more of one target
	@tests/fuzz/run $(ARGS)

coverage: setup ## Count which regions of the DNS server's packet fast path its unit tests run; all must
	@tests/coverage/run

check: setup ## Format, lints and licences; changes nothing
	cargo fmt --all --check
	cargo fmt --manifest-path tests/conformance/rust/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	@.ci/deny

fmt: ## Format all code
	cargo fmt --all
	cargo fmt --manifest-path tests/conformance/rust/Cargo.toml

# The one target in the release profile: figures of a debug build say nothing. Arguments: make bench-store ARGS="--rounds 1".
# etcd is measured beside it where it is installed; on Debian: apt-get install etcd-server && systemctl disable --now etcd
# On Debian: apt-get install runc podman.
bench-agent: setup ## Measure containers and instances, beside runc and podman
	cargo build --release -p cli -p agent-shim -p tests-benches-agent
	$(SUDO) $(CARGO_TARGET_DIR)/release/bench-agent $(ARGS)

bench-aws: setup ## Measure the AWS door, beside ministack and moto_server
	cargo build --release -p cli -p tests-benches-aws
	$(CARGO_TARGET_DIR)/release/bench-aws $(ARGS)

# On Debian: apt-get install gdnsd dnsperf && systemctl disable --now gdnsd
bench-dns: setup ## Measure what a DNS answer costs, beside NSD, and gdnsd where it is installed
	cargo build --release -p cli -p tests-benches-dns
	$(CARGO_TARGET_DIR)/release/bench-dns $(ARGS)

bench-health: setup ## Measure what health checks cost the DNS server that makes them
	cargo build --release -p tests-benches-health
	$(CARGO_TARGET_DIR)/release/bench-health $(ARGS)

bench-policy: setup ## Measure what asking a principal's policies costs
	cargo run --release -p tests-benches-policy

bench-store: setup ## Measure the replicated store, beside etcd where it is installed
	cargo build --release -p cli -p tests-benches-store
	$(CARGO_TARGET_DIR)/release/bench-store $(ARGS)

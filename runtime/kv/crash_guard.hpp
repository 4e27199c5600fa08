// SPDX-License-Identifier: Apache-2.0
#pragma once

/// LMDB trusts the file it maps: a damaged one makes it touch memory that is not there, or abort.
/// While a thread is inside, SIGBUS, SIGSEGV and SIGABRT end the process with exit code 3 and a
/// line that names the file; outside they do what they did before.
namespace aisle::kv {

inline constexpr int damaged_exit_code = 3;

/// Takes the three signals, and ignores SIGXFSZ, which would kill at a file size limit where an
/// error is wanted. May be called again, when somebody else has taken them since.
void install_crash_guard();

/// This thread is inside LMDB, or reads memory that LMDB mapped, as long as it lives.
class inside_lmdb {
 public:
  /// `path` of the file, for the message; it must outlive this.
  explicit inside_lmdb(const char* path) noexcept;
  inside_lmdb(const inside_lmdb&) = delete;
  inside_lmdb& operator=(const inside_lmdb&) = delete;
  ~inside_lmdb();

 private:
  const char* before_;
};

/// In between somebody else's code runs.
class outside_lmdb : public inside_lmdb {
 public:
  outside_lmdb() noexcept : inside_lmdb{nullptr} {}
};

}  // namespace aisle::kv

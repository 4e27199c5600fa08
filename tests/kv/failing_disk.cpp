// SPDX-License-Identifier: Apache-2.0
#include "tests/kv/failing_disk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace aisle::kv {
namespace {

constexpr std::size_t page_bytes = 4096;

/// What a page was before it was written, and since then not synced.
struct page_before {
  int descriptor = -1;
  off_t at = 0;
  std::string bytes;
};

std::optional<disk_fault> armed;
std::uint64_t calls = 0;
std::vector<page_before> unsynced;

bool counts(int descriptor) {
  if (!armed) return false;
  std::array<char, 4096> path{};
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  const auto got = ::readlink(link.c_str(), path.data(), path.size());
  return got > 0 &&
         std::string_view{path.data(), static_cast<std::size_t>(got)}.ends_with("data.mdb");
}

bool is_due() {
  ++calls;
  return calls == armed->at || (armed->lasting && calls > armed->at);
}

[[noreturn]] void die() {
  static_cast<void>(::raise(SIGKILL));
  ::_exit(1);
}

ssize_t really_write(int descriptor, const void* bytes, std::size_t size, off_t at) {
  return ::syscall(SYS_pwrite64, descriptor, bytes, size, at);
}

/// Newest first, so that a page that was written twice may come back as it was before both.
[[noreturn]] void cut_power() {
  std::mt19937_64 chance{armed->seed};
  std::ranges::reverse(unsynced);
  for (const auto& page : unsynced) {
    if (chance() % 2 == 0) continue;
    static_cast<void>(really_write(page.descriptor, page.bytes.data(), page.bytes.size(), page.at));
  }
  die();
}

void remember(int descriptor, off_t at, std::size_t size) {
  // What goes to a descriptor that syncs each write is on disk when the call returns.
  if ((::fcntl(descriptor, F_GETFL) & O_DSYNC) != 0) return;
  struct stat facts{};
  static_cast<void>(::fstat(descriptor, &facts));
  for (std::size_t i = 0; i < size; i += page_bytes) {
    page_before page{.descriptor = descriptor,
                     .at = at + static_cast<off_t>(i),
                     .bytes = std::string(page_bytes, '\0')};
    static_cast<void>(
        ::syscall(SYS_pread64, descriptor, page.bytes.data(), page.bytes.size(), page.at));
    unsynced.push_back(std::move(page));
  }
}

/// What happens to a call; nothing: it goes through.
std::optional<ssize_t> strike(std::size_t size) {
  switch (armed->does) {
    case disk_fault::effect::kill:
      die();
    case disk_fault::effect::power_cut:
      cut_power();
    case disk_fault::effect::half:
      return static_cast<ssize_t>(size / 2);
    case disk_fault::effect::error:
      errno = armed->number;
      return -1;
  }
  return std::nullopt;
}

std::optional<ssize_t> before_write(int descriptor, off_t at, std::size_t size) {
  if (!counts(descriptor) || !armed->writes) return std::nullopt;
  if (is_due()) return strike(size);
  if (armed->does == disk_fault::effect::power_cut) remember(descriptor, at, size);
  return std::nullopt;
}

std::optional<ssize_t> before_sync(int descriptor) {
  if (!counts(descriptor)) return std::nullopt;
  if (armed->syncs && is_due()) return strike(0);
  unsynced.clear();
  return std::nullopt;
}

}  // namespace

void arm_disk(const disk_fault& fault) {
  armed = fault;
  calls = 0;
  unsynced.clear();
}
void disarm_disk() { armed.reset(); }
std::uint64_t disk_calls() { return calls; }

}  // namespace aisle::kv

// As the C library declares them: what LMDB calls.
extern "C" ssize_t pwrite(int descriptor, const void* bytes, std::size_t size, off_t at) {
  if (const auto instead = aisle::kv::before_write(descriptor, at, size)) return *instead;
  return aisle::kv::really_write(descriptor, bytes, size, at);
}

extern "C" ssize_t writev(int descriptor, const struct iovec* vector, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) {
    size += vector[i].iov_len;
  }
  const auto at = ::lseek(descriptor, 0, SEEK_CUR);
  if (const auto instead = aisle::kv::before_write(descriptor, at, size)) return *instead;
  return ::syscall(SYS_writev, descriptor, vector, count);
}

extern "C" int fdatasync(int descriptor) {
  if (const auto instead = aisle::kv::before_sync(descriptor)) return static_cast<int>(*instead);
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

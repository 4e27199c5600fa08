// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/folder_lock.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace aisle::kv {
namespace {

namespace fs = std::filesystem;

std::string holder_in(int descriptor) {
  std::array<char, 32> text{};
  const auto got = ::pread(descriptor, text.data(), text.size(), 0);
  std::string holder{text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  while (!holder.empty() && holder.back() == '\n') {
    holder.pop_back();
  }
  return holder.empty() ? "another process" : "process " + holder;
}

std::unexpected<error> cannot_lock(const fs::path& path, int number) {
  const auto why = std::generic_category().message(number);
  if (number == EACCES || number == EPERM || number == EROFS) {
    return fail(errc::no_permission,
                fmt::format("cannot write {}: {}; give this user the right to its folder, or "
                            "choose another with --state",
                            path.string(), why));
  }
  if (number == ENOSPC || number == EDQUOT) {
    return fail(errc::no_space, fmt::format("cannot make {}: {}; make room", path.string(), why));
  }
  if (number == ENOENT || number == ENOTDIR) {
    return fail(errc::not_found, fmt::format("cannot make {}: {}; check the path given by --state",
                                             path.string(), why));
  }
  return fail(errc::failed, fmt::format("cannot lock {}: {}", path.string(), why));
}

}  // namespace

result<folder_lock> folder_lock::take(const fs::path& folder) {
  const auto path = folder / "lock";
  folder_lock lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (lock.descriptor_ < 0) return cannot_lock(path, errno);
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot_lock(path, errno);
    return fail(errc::locked, fmt::format("{} is in use by {}; stop it, or choose another folder "
                                          "with --state",
                                          folder.string(), holder_in(lock.descriptor_)));
  }
  const auto id = std::to_string(::getpid()) + "\n";
  // The id is for people; the lock holds without it, also on a full disk.
  static_cast<void>(!::ftruncate(lock.descriptor_, 0));
  static_cast<void>(!::pwrite(lock.descriptor_, id.data(), id.size(), 0));
  return lock;
}

folder_lock::folder_lock(folder_lock&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)} {}

folder_lock& folder_lock::operator=(folder_lock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

folder_lock::~folder_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace aisle::kv

// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/disk.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aisle::io {
namespace {

// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

std::expected<void, int> done(int result) {
  if (result < 0) return std::unexpected{errno};
  return {};
}

std::expected<std::size_t, int> bytes_done(ssize_t result) {
  if (result < 0) return std::unexpected{errno};
  return static_cast<std::size_t>(result);
}

file_kind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return file_kind::file;
  if (S_ISDIR(mode)) return file_kind::folder;
  return file_kind::other;
}

class descriptor final : public open_file {
 public:
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() override { ::close(fd_); }

  std::expected<std::size_t, int> read(std::span<char> into) override {
    return bytes_done(uninterrupted([&] { return ::read(fd_, into.data(), into.size()); }));
  }

  std::expected<std::size_t, int> read_at(std::uint64_t offset, std::span<char> into) override {
    return bytes_done(uninterrupted(
        [&] { return ::pread(fd_, into.data(), into.size(), static_cast<off_t>(offset)); }));
  }

  std::expected<void, int> seek(std::uint64_t offset) override {
    return done(::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0 ? -1 : 0);
  }

  std::expected<std::size_t, int> write_at(std::uint64_t offset, std::string_view bytes) override {
    return bytes_done(uninterrupted(
        [&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); }));
  }

  std::expected<void, int> truncate(std::uint64_t bytes) override {
    return done(uninterrupted([&] { return ::ftruncate(fd_, static_cast<off_t>(bytes)); }));
  }

  std::expected<void, int> sync() override {
    return done(uninterrupted([&] { return ::fdatasync(fd_); }));
  }

  std::expected<file_facts, int> facts() override {
    struct stat found{};
    if (::fstat(fd_, &found) < 0) return std::unexpected{errno};
    return file_facts{kind_of(found.st_mode), static_cast<std::uint64_t>(found.st_size),
                      found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec, found.st_dev,
                      found.st_ino};
  }

 private:
  int fd_;
};

class held_lock final : public file_lock {
 public:
  explicit held_lock(int fd) : fd_{fd} {}
  held_lock(const held_lock&) = delete;
  held_lock& operator=(const held_lock&) = delete;
  ~held_lock() override { ::close(fd_); }

 private:
  int fd_;
};

int flags_of(disk::mode how) {
  switch (how) {
    // A pipe without a writer must not hang the start.
    case disk::mode::read:
      return O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    case disk::mode::write:
      return O_WRONLY | O_CREAT | O_CLOEXEC;
    case disk::mode::replace:
      return O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    case disk::mode::update:
      return O_RDWR | O_CLOEXEC;
  }
  return O_RDONLY;
}

class machine final : public disk {
 public:
  std::expected<std::unique_ptr<open_file>, int> open(const std::filesystem::path& path,
                                                      mode how) override {
    const int fd = uninterrupted([&] { return ::open(path.c_str(), flags_of(how), 0644); });
    if (fd < 0) return std::unexpected{errno};
    if (how == mode::read) {
      ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return std::make_unique<descriptor>(fd);
  }

  std::expected<void, int> rename(const std::filesystem::path& from,
                                  const std::filesystem::path& to) override {
    return done(::rename(from.c_str(), to.c_str()));
  }

  std::expected<void, int> remove(const std::filesystem::path& path) override {
    return done(::unlink(path.c_str()));
  }

  // Of the open file, not of the process (as fcntl's are): two threads lock each other out as well.
  std::expected<std::unique_ptr<file_lock>, int> lock(const std::filesystem::path& path,
                                                      patience how) override {
    const int fd =
        uninterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); });
    if (fd < 0) return std::unexpected{errno};
    auto held = std::make_unique<held_lock>(fd);
    const int waits = how == patience::none ? LOCK_NB : 0;
    if (uninterrupted([&] { return ::flock(fd, LOCK_EX | waits); }) < 0) {
      return std::unexpected{errno};
    }
    return held;
  }

  std::expected<void, int> sync_folder(const std::filesystem::path& folder) override {
    const int fd =
        uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return std::unexpected{errno};
    const auto synced = done(::fsync(fd));
    ::close(fd);
    return synced;
  }
};

}  // namespace

write_outcome write_all(open_file& file, std::uint64_t offset, std::string_view bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const auto wrote = file.write_at(offset + written, bytes.substr(written));
    if (!wrote) return {written, wrote.error()};
    // A system that writes nothing and says nothing would be asked for ever.
    if (*wrote == 0) return {written, EIO};
    written += *wrote;
  }
  return {written, 0};
}

disk& real_disk() {
  static machine one;
  return one;
}

}  // namespace aisle::io

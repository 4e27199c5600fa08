// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/query_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace aisle::node {
namespace {

namespace fs = std::filesystem;

/// A question is short; whoever sends more is no client of ours.
constexpr std::size_t question_bytes_max = 64 << 10;
/// How often the server looks whether it is to stop.
constexpr int look_every_ms = 100;
/// One that connects and says nothing holds up the others no longer than this.
constexpr timeval client_patience{.tv_sec = 10, .tv_usec = 0};
constexpr timeval node_patience{.tv_sec = 60, .tv_usec = 0};
constexpr timeval connect_patience{.tv_sec = 5, .tv_usec = 0};
/// How many clients may wait for a node.
constexpr int waiting_max = 16;
/// What an answer begins with.
constexpr char good = '+';
constexpr char bad = '-';

std::string text_of(int error) { return std::error_code{error, std::generic_category()}.message(); }

/// Closed when it goes.
class descriptor {
 public:
  explicit descriptor(int number) : number_{number} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

std::optional<sockaddr_un> address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    return std::nullopt;
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

void set_patience(int socket, timeval patience) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Until the other side has said all; nothing when it says too much or stays silent.
std::optional<std::string> receive_all(int socket, std::size_t most) {
  std::string all;
  std::array<char, 16384> part{};
  while (true) {
    const auto got = ::recv(socket, part.data(), part.size(), 0);
    if (got < 0 || all.size() > most) {
      return std::nullopt;
    }
    if (got == 0) {
      return all;
    }
    all.append(part.data(), static_cast<std::size_t>(got));
  }
}

/// The folder is ours alone, or nothing is put into it.
std::expected<void, std::string> make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected{fmt::format("{}: {}", folder.string(), text_of(errno))};
  }
  struct stat found{};
  if (::lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) ||
      found.st_uid != ::geteuid() || (found.st_mode & 077) != 0) {
    return std::unexpected{
        fmt::format("{} is not a folder of this user alone (rights 0700)", folder.string())};
  }
  return {};
}

/// 0, or why it is not connected.
int connect_to(const descriptor& client, const sockaddr_un& address) {
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  return client.get() >= 0 && ::connect(client.get(), to, sizeof address) == 0 ? 0 : errno;
}

/// Nobody listens any more: its node ended without a word. Never waits for a node that stands
/// still and for which as many wait as may, which is EAGAIN.
bool is_stale(const fs::path& socket) {
  const auto address = address_of(socket);
  const descriptor client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  return address && connect_to(client, *address) == ECONNREFUSED;
}

/// What has a name now: a node that begins anew, as at a reload, has the same name for another.
struct named {
  bool is_there = false;
  ino_t inode = 0;
  std::int64_t made_s = 0;
  std::int64_t made_ns = 0;
  friend bool operator==(const named&, const named&) = default;
};

named look_at(const fs::path& socket) {
  struct stat found{};
  if (::lstat(socket.c_str(), &found) != 0) {
    return {};
  }
  return {true, found.st_ino, found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
}

/// Left by a node that died before its socket had its name, which takes no time.
bool is_left_unheard(const fs::path& socket) {
  if (socket.extension() != ".new") {
    return false;
  }
  std::error_code gone;
  const auto made = fs::last_write_time(socket, gone);
  return !gone && fs::file_time_type::clock::now() - made > std::chrono::minutes{1};
}

}  // namespace

fs::path socket_folder() {
  if (const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
      runtime != nullptr && *runtime == '/') {
    return fs::path{runtime} / "aisle";
  }
  return fs::temp_directory_path() / fmt::format("aisle-{}", ::geteuid());
}

std::vector<fs::path> sockets_of_nodes() {
  std::vector<fs::path> alive;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{socket_folder(), ignored}) {
    if (is_left_unheard(entry.path())) {
      fs::remove(entry.path(), ignored);
    }
    if (entry.path().extension() != ".sock") {
      continue;
    }
    const auto before = look_at(entry.path());
    if (is_stale(entry.path())) {
      if (look_at(entry.path()) == before) {
        fs::remove(entry.path(), ignored);
      }
    } else {
      alive.push_back(entry.path());
    }
  }
  std::ranges::sort(alive);
  return alive;
}

answered ask_node(const fs::path& socket, const question& asked) {
  const auto address = address_of(socket);
  const descriptor client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (client.get() >= 0) {
    set_patience(client.get(), connect_patience);
  }
  if (const int wrong = address ? connect_to(client, *address) : ENAMETOOLONG; wrong != 0) {
    return std::unexpected{fmt::format(
        "{}: {}", socket.string(),
        wrong == EAGAIN ? "the node stands still; others wait for it already" : text_of(wrong))};
  }
  set_patience(client.get(), node_patience);
  if (!send_all(client.get(), pack(asked))) {
    return std::unexpected{fmt::format("{}: {}", socket.string(), text_of(errno))};
  }
  ::shutdown(client.get(), SHUT_WR);
  auto said = receive_all(client.get(), std::size_t{1} << 30);
  if (!said || said->empty()) {
    return std::unexpected{"the node ended, or did not answer in time"};
  }
  if (said->front() != good) {
    return std::unexpected{said->substr(1)};
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 1; begin < said->size();) {
    const auto end = said->find('\n', begin);
    lines.push_back(said->substr(begin, end - begin));
    begin = end == std::string::npos ? said->size() : end + 1;
  }
  return lines;
}

std::expected<std::unique_ptr<query_server>, std::string> query_server::start(
    const std::string& topology, answerer answer) {
  const auto folder = socket_folder();
  if (auto made = make_folder(folder); !made) {
    return std::unexpected{std::move(made.error())};
  }
  static_cast<void>(sockets_of_nodes());
  const auto path = folder / fmt::format("{}-{}.sock", topology, ::getpid());
  // Who looks for nodes takes a socket nobody listens at yet for a dead node's, and removes it.
  auto unheard = path;
  unheard.replace_extension(".new");
  const auto address = address_of(unheard);
  if (!address || !address_of(path)) {
    return std::unexpected{fmt::format("{} is too long for the name of a socket", path.string())};
  }
  std::error_code ignored;
  fs::remove(unheard, ignored);
  descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (listener.get() < 0 ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::chmod(unheard.c_str(), 0600) != 0 || ::listen(listener.get(), waiting_max) != 0 ||
      ::rename(unheard.c_str(), path.c_str()) != 0) {
    return std::unexpected{fmt::format("{}: {}", path.string(), text_of(errno))};
  }
  return std::unique_ptr<query_server>{
      new query_server{listener.release(), path, std::move(answer)}};
}

query_server::query_server(int listener, fs::path path, answerer answer)
    : listener_{listener},
      path_{std::move(path)},
      answer_{std::move(answer)},
      thread_{[this](const std::stop_token& stop) { serve(stop); }} {}

query_server::~query_server() {
  thread_.request_stop();
  thread_.join();
  std::error_code ignored;
  fs::remove(path_, ignored);
  ::close(listener_);
}

void query_server::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, look_every_ms) <= 0) {
      continue;
    }
    const descriptor client{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.get() < 0) {
      continue;
    }
    set_patience(client.get(), client_patience);
    const auto bytes = receive_all(client.get(), question_bytes_max);
    const auto asked = bytes ? unpack_question(*bytes) : std::nullopt;
    const auto said = asked ? answer_(*asked) : answered{std::unexpect, "that is no question"};
    std::string text(1, said ? good : bad);
    if (said) {
      for (const auto& line : *said) {
        text += line;
        text += '\n';
      }
    } else {
      text += said.error();
    }
    static_cast<void>(send_all(client.get(), text));
  }
}

}  // namespace aisle::node

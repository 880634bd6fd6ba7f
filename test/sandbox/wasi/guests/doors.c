// Tries the doors that a C program may find open, and says how many are.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

int main(int argc, char **argv) {
  char input[65536];
  size_t length = fread(input, 1, sizeof input - 1, stdin);
  input[length] = 0;
  const char *goal = strstr(input, "\"goal\":\"");
  int doors = 0;
  doors += fopen("/etc/passwd", "r") != NULL;
  doors += fopen("../../etc/passwd", "r") != NULL;
  doors += opendir("/") != NULL;
  doors += fopen("/new.txt", "w") != NULL;
  doors += getenv("PATH") != NULL;
  doors += argc != 1;
  doors += isatty(0) || isatty(1) || isatty(2);
  time_t before = time(NULL);
  struct timespec year = {31536000, 0};
  nanosleep(&year, NULL);
  doors += time(NULL) != before;
  unsigned char a[16] = {0}, b[16] = {0};
  doors += getentropy(a, 16) != 0 || getentropy(b, 16) != 0 || memcmp(a, b, 16) == 0;
  fprintf(stderr, "%d doors, goal %.9s\n", doors, goal == NULL ? "none" : goal + 8);
  printf("{\"action\":{\"tag\":\"termination\",\"achieved\":true,\"result\":{\"doors\":%d,\"now\":%lld,\"bytes\":[%d,%d]}},"
         "\"rationale\":\"looked everywhere\"}\n", doors, (long long)before, a[0], b[0]);
  return doors;
}

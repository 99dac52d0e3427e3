/* The one function of bcryptprimitives.dll that Rust's standard library needs, for a Wine without this DLL. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
  return SystemFunction036(data, (ULONG)length);
}

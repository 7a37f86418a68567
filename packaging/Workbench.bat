@echo off
rem Starts Workbench by a double-click (Windows). The first time, it sets it up.
rem Folders that are dropped on it are opened.
setlocal
title Workbench
set "NEW=import sys; sys.exit(sys.version_info < (3, 11))"
set "PYTHON="
py -3 -c "%NEW%" >nul 2>nul
if not errorlevel 1 set "PYTHON=py -3"
if defined PYTHON goto found
python -c "%NEW%" >nul 2>nul
if not errorlevel 1 set "PYTHON=python"
if defined PYTHON goto found
echo Workbench needs Python 3.11 or newer, and there is none on this computer.
echo Get the 64-bit one from python.org or from the Microsoft Store, install it,
echo and start this once more.
echo.
pause
exit /b 1

:found
%PYTHON% "%~dp0bootstrap.py" start %*
if "%errorlevel%"=="0" exit /b 0
echo.
pause
exit /b 1
